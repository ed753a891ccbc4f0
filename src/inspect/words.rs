//! What headers say, in the languages that exports come in. Words are looked for in lower case: at the beginning of a
//! word of the header, as languages that inflect and compound want it, or anywhere in scripts without blanks.

/// What a header may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// How likely somebody is to recommend.
    Recommend,
    /// How satisfied somebody is, or a rating in general.
    Rating,
    /// How satisfied somebody is, or how easy it was: a rating that is no recommendation.
    Satisfaction,
    /// What somebody wrote, or was asked to.
    Comment,
    /// When the feedback came.
    Submitted,
    /// When something else was.
    OtherTime,
    /// What makes a row itself.
    Id,
    /// Who the person is, by an id or what describes them.
    Person,
    /// The language somebody answered in.
    Language,
    /// Whether the answers are whole, a preview, a test.
    Status,
}

/// Whether a header is about a topic.
pub fn is_about(header: &str, topic: Topic) -> bool {
    let header = header.to_lowercase();
    words(topic).split('|').any(|word| holds(&header, word))
}

/// Whether a header calls the column itself what somebody wrote, as `Comment` and `Ihr Feedback` do: not a question,
/// which may have choices, and not what a comment is sorted by.
pub fn is_comment(header: &str) -> bool {
    const WRITTEN: &str = "comment|feedback|verbatim|remark|kommentar|anmerkung|rückmeldung|commentaire|comentario|\
        comentário|commento|commenti|opmerking|komentarz|yorum|коммент|отзыв|コメント|ご意見|评论|意见|의견";
    const SORTED: &str = "type|category|categor|topic|theme|source|channel|status|state|=id|date|time|count|sentiment|\
        language|tag|label|reason|score|rating|form|kind|group|typ|art|=thema|kategorie|quelle|kanal|datum|sprache|catég|tipo|canal";
    let header = header.to_lowercase().replace('_', " ");
    let any = |words: &str| words.split('|').any(|word| holds(&header, word));
    header.split_whitespace().count() <= 5 && any(WRITTEN) && !any(SORTED)
}

/// Whether a header calls the column what somebody else wrote than the person whose feedback it is, or a program did:
/// `Agent reply`, `Response from owner`, `User agent`, a translation. A question may well ask about an agent.
pub fn is_of_others(header: &str) -> bool {
    const OTHERS: &str = "reply|replies|response from|owner response|owner's response|developer response|vendor response|\
        merchant response|company response|business response|agent|internal|staff|moderator|antwort des|antwort von|\
        antwort vom|intern|mitarbeiter|bearbeiter|réponse de|réponse du|interne|respuesta de|respuesta del|risposta d|\
        reactie van|antwoord van|translat|english|übersetz|traduc|traduzion|vertaling|user agent|useragent|browser";
    let header = header.to_lowercase().replace('_', " ");
    header.split_whitespace().count() <= 5
        && !header.ends_with('?')
        && OTHERS.split('|').any(|word| holds(&header, word))
}

/// A header with the words of `appVersion` set apart.
pub fn spaced(header: &str) -> String {
    let mut spaced = String::with_capacity(header.len() + 4);
    let mut was_lower = false;
    for sign in header.chars() {
        if was_lower && sign.is_uppercase() {
            spaced.push(' ');
        }
        was_lower = sign.is_lowercase();
        spaced.push(sign);
    }
    spaced
}

/// Whether the header holds the word at the beginning of one of its words.
pub fn holds(header: &str, word: &str) -> bool {
    if !word.is_ascii() && word.chars().all(|sign| sign as u32 > 0x2e80) {
        return header.contains(word);
    }
    // `=id` stands for the whole word alone.
    if let Some(word) = word.strip_prefix('=') {
        return header
            .split(|sign: char| !sign.is_alphanumeric() && sign != '#')
            .any(|own| own == word);
    }
    header.match_indices(word).any(|(at, _)| {
        header[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric())
    })
}

fn words(topic: Topic) -> &'static str {
    match topic {
        Topic::Recommend => {
            "=nps|=recommend|=recommending|likely|promoter|empfehl|weiterempf|wahrscheinlich|recommand|recomend|\
            consigli|raccomand|aanbevel|aanraden|polec|tavsiye|rekommender|anbefal|suosittel|\
            doporuč|ajánl|порекоменд|おすすめ|推奨|勧め|推荐|추천"
        }
        Topic::Rating => {
            "csat|satisf|rating|rate|score|stars|=star|ces|effort|=note|points|zufrieden|bewertung|\
            bewerten|sterne|punkte|schulnote|gesamtnote|zensur|étoile|évalu|estrella|calific|puntua|valora|puntegg|\
            valuta|voto|nota|avalia|tevreden|waardering|cijfer|zadowol|ocena|oceń|memnun|puan|nöjd|\
            betyg|tilfreds|tyytyv|spokoj|hodnoc|elégedett|оцен|満足|評価|评分|满意|만족"
        }
        Topic::Satisfaction => {
            "csat|satisf|ces|effort|easy|ease|stars|=star|zufrieden|sterne|schulnote|étoile|estrella|tevreden|\
            zadowol|memnun|nöjd|tilfreds|tyytyv|spokoj|elégedett|満足|满意|만족"
        }
        Topic::Comment => {
            "comment|feedback|why|reason|tell us|improve|anything else|suggest|verbatim|opinion|\
            explain|describe|review text|review content|like about|liked|enjoy|gefallen|gefällt|plu dans|gusta|piaciut|what |message|=text|open-ended|kommentar|\
            warum|grund|begründ|anmerk|verbesser|sonst|fehlt|vermiss|wünsch|rückmeld|bemerk|commentaire|pourquoi|raison|\
            avis|amélior|comentario|por qué|porqué|opini|mejorar|razón|commento|perché|motivo|\
            comentário|por que|opmerking|waarom|toelicht|komentarz|dlaczego|uwagi|yorum|neden|görüş|\
            varför|hvorfor|miksi|proč|miért|почему|коммент|отзыв|コメント|理由|ご意見|评论|意见|의견"
        }
        Topic::Submitted => {
            "submit|completed at|completion|completed_at|end date|enddate|recorded|created|answered|\
            responded|response date|review date|=date|timestamp|=time|=datetime|received|abgegeben|\
            abgeschickt|abgeschlossen am|eingegangen|=datum|zeitstempel|erstellt|beantwortet|\
            zeitpunkt|=am|horodat|soumis|envoyé|répondu|fecha|enviado|inviat|=data|ingezonden|\
            ingevuld|wysłan|tarih|inskickad|indsendt|日時|日付|回答日|提交时间|日期|날짜"
        }
        Topic::OtherTime => {
            "start|begin|begonnen|beginn|updat|modif|geändert|deliver|order|purchas|bestell|liefer|\
            kauf|birth|geburt|reply|due|sent|invit|expir|stage|visit|arriv|depart|debut|début|\
            inicio|inizio|commande|pedido|開始"
        }
        Topic::Id => {
            "=id|=#|=uuid|=guid|=key|responseid|response_id|respondentid|respondent id|submission|\
            =nr|=no|number|nummer|vorgang|ticket|=ref|reference|referenz|token|identif|kennung|\
            antwort-id|numéro|número|numero|folio|laufende|lfd|case|record|review link|response url|\
            permalink|番号|编号"
        }
        Topic::Person => {
            "customer|client|member|user id|user_id|userid|account|=crm|kunde|mitglied|cliente|\
            =klient|klant|gender|=sex|=age|age group|household|education|income|occupation|\
            job title|geschlecht|=alter|altersgruppe|einkommen|beruf|genre|sexe|âge|género|edad|\
            external|顧客|性別|年齢"
        }
        Topic::Language => {
            "language|=lang|locale|userlanguage|sprache|langue|idioma|lingua|língua|=taal|język|=dil|\
            språk|sprog|言語|语言"
        }
        Topic::Status => {
            "finished|complete|status|=state|response type|abgeschlossen|beendet|vollständig|terminé|\
            statut|estado|finalizado|stato|preview|=test|is_test|testdaten"
        }
    }
}

/// Values that mean the answers are not whole, not meant, or none.
pub fn is_unwanted(value: &str) -> bool {
    const WORDS: &str = "survey preview|preview|survey test|test|spam|possible spam preview|partial|incomplete|\
        in progress|started|not started|not finished|unfinished|screened out|disqualified|draft|\
        abandoned|offered|unoffered|vorschau|unvollständig|teilweise|abgebrochen|incomplet|\
        incompleto|aperçu";
    WORDS
        .split('|')
        .any(|word| word == value.trim().to_lowercase())
}

/// Whether a header asks for a truth value that says whether the answers are whole.
pub fn is_finished(header: &str) -> bool {
    let header = header.to_lowercase();
    [
        "finished",
        "complete",
        "beendet",
        "abgeschlossen",
        "vollständig",
        "terminé",
        "finalizado",
    ]
    .iter()
    .any(|word| holds(&header, word))
}

/// Values that mean no, or that a box is not ticked.
pub fn is_no(value: &str) -> bool {
    const WORDS: &str = "0|false|no|n|falsch|nein|faux|non|falso|nie|nej|nee|onwaar|não|nao|☐|unchecked|not checked|\
        not ticked|not selected|nicht ausgewählt|nicht angekreuzt|nicht gewählt|nicht genannt|non coché|\
        non sélectionné|no seleccionado|no marcado|non selezionato|não selecionado|não marcado|não assinalado|\
        niet geselecteerd|niet aangevinkt";
    WORDS
        .split('|')
        .any(|word| word == value.trim().to_lowercase())
}

/// Cells that people and tools write where there is nothing.
pub fn is_nothing(value: &str) -> bool {
    const WORDS: &str =
        "n/a|na|-|--|—|–|.|null|none|nil|nan|(blank)|#n/a|k.a.|k. a.|keine angabe|s/o|n.a.";
    let value = value.trim();
    // Asked of every cell: the long ones are answered at once.
    value.len() <= 20 && {
        let value = value.to_lowercase();
        WORDS.split('|').any(|word| word == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood_in_several_languages() {
        let table = [
            (
                "How likely are you to recommend us?",
                Topic::Recommend,
                true,
            ),
            (
                "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
                Topic::Recommend,
                true,
            ),
            ("NPS", Topic::Recommend, true),
            ("NPSX", Topic::Recommend, false),
            ("お客様の満足度", Topic::Rating, true),
            ("Separate", Topic::Rating, false),
            ("Pourquoi cette note ?", Topic::Comment, true),
            ("Somewhat", Topic::Comment, false),
            ("Eingegangen am", Topic::Submitted, true),
            ("#", Topic::Id, true),
            ("paid", Topic::Id, false),
            ("Kundennummer", Topic::Person, true),
        ];
        for (header, topic, expected) in table {
            assert_eq!(is_about(header, topic), expected, "{header} {topic:?}");
        }
    }

    #[test]
    fn a_comment_is_known_from_what_sorts_it() {
        for header in ["Comment", "Comments", "Ihr Kommentar", "customer_feedback"] {
            assert!(is_comment(header), "{header}");
        }
        for header in ["Feedback type", "Comment category", "Why?", "Commerce"] {
            assert!(!is_comment(header), "{header}");
        }
    }
}
