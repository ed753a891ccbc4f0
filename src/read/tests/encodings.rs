//! Text of any encoding, found out with its evidence.

use encoding_rs::{
    EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1257,
};

use super::*;

const GERMAN: &str = "id,Größe,Kommentar\n1,groß,Die Lieferung kam schnell – schöne Verpackung für Bücher.\n\
    2,klein,Für unsere Käufer wäre ein größeres Übungsheft hübscher.\n";
const FRENCH: &str = "id,avis\n1,Très déçue : la qualité n’est pas à la hauteur\n2,J’ai été très bien reçu à l’accueil, bientôt là\n\
    3,Commande arrivée abîmée… expédiée là-bas\n";
const ENGLISH: &str =
    "id,comment\n1,I don’t think it’s worth £30\n2,“Great” – wouldn’t change a thing\n";
const CZECH: &str = "id,komentář\n1,Příliš žluťoučký kůň úpěl ďábelské ódy\n2,Zboží přišlo rychle a v pořádku, děkuji\n";
const POLISH: &str = "id,opinia\n1,Szybka dostawa i świetna jakość, bardzo polecam\n\
    2,Niestety obsługa była niemiła, już więcej tu nie zamówię\n";
const LITHUANIAN: &str = "id,atsiliepimas\n1,Labai greitas pristatymas ir puiki kokybė, ačiū\n\
    2,Deja, pakuotė buvo pažeista, o aptarnavimas galėtų būti geresnis\n3,Šį kartą viskas įvyko sklandžiai\n";
const RUSSIAN: &str = "id,отзыв\n1,Очень хорошая доставка и качество товара\n2,Не понравилось: упаковка была повреждена\n";
const JAPANESE: &str =
    "id,感想\n1,配送がとても早くて助かりました。\n2,商品の説明が分かりにくいです。\n";
const CHINESE: &str = "编号,意见\n1,送货很快，包装也很好。\n2,客服态度不好，等了很久。\n";
const KOREAN: &str = "번호,의견\n1,배송이 아주 빨랐습니다.\n2,설명이 이해하기 어려워요.\n";

fn evidence(bytes: impl Into<Vec<u8>>) -> String {
    let source = open(bytes, &Layout::default()).unwrap();
    source.encoding_evidence().unwrap().to_owned()
}

#[track_caller]
fn assert_found(text: &str, encoding: &'static Encoding) {
    let (bytes, _, unmappable) = encoding.encode(text);
    assert!(!unmappable);
    let found = open(bytes.to_vec(), &Layout::default()).unwrap();
    assert_eq!(found.encoding(), Some(encoding.name()), "{text}");
    let (seen, expected) = (read(bytes.to_vec()), read(text));
    assert_eq!(
        (&seen.header, seen.cells()),
        (&expected.header, expected.cells())
    );
    assert_eq!(seen.codes(), expected.codes());
}

#[test]
fn legacy_encodings_are_known_by_their_letters() {
    for text in [GERMAN, FRENCH, ENGLISH] {
        assert_found(text, WINDOWS_1252);
        assert_found(text, MACINTOSH);
    }
    assert_found(CZECH, WINDOWS_1250);
    assert_found(RUSSIAN, WINDOWS_1251);
    assert_found(JAPANESE, SHIFT_JIS);
    assert_found(CHINESE, GBK);
    assert_found(KOREAN, EUC_KR);
    // A single letter is enough.
    assert_found("id,text\n1,fine\n2,café\n", WINDOWS_1252);
    assert_found("id,text\n1,fine\n2,café\n", MACINTOSH);
}

#[test]
fn a_few_letters_among_signs_are_western() {
    let quoted = "“Great” – I’d come back… it’s “fine”, isn’t it? “Yes”";
    for word in [
        "naïve",
        "Zoë",
        "Noël",
        "façade",
        "maître",
        "mañana",
        "Ørsted",
        "jalapeño",
        "Björn",
    ] {
        assert_found(
            &format!("id,text\n1,{quoted}\n2,a {word} one\n"),
            WINDOWS_1252,
        );
        let often = format!("2,the {word} one\n3,{word}\n").repeat(20);
        assert_found(&format!("id,text\n1,{quoted}\n{often}"), WINDOWS_1252);
        assert_found(&format!("id,text\n{often}"), WINDOWS_1252);
    }
    assert_found(
        &format!("id,text\n1,{quoted}\n2,naïve, Noël, à la carte\n"),
        WINDOWS_1252,
    );
}

#[test]
fn a_few_sentences_tell_other_encodings() {
    let quoted = "4,“” – …\n";
    for (text, encoding) in [
        (CZECH, WINDOWS_1250),
        (POLISH, WINDOWS_1250),
        (RUSSIAN, WINDOWS_1251),
        (LITHUANIAN, WINDOWS_1257),
    ] {
        assert_found(text, encoding);
        assert_found(&format!("{text}{quoted}"), encoding);
        assert_found(&text.repeat(30), encoding);
    }
}

#[test]
fn utf16_needs_no_byte_order_mark() {
    for text in [GERMAN, ENGLISH, RUSSIAN, JAPANESE, CHINESE] {
        for big_endian in [false, true] {
            let bytes = &utf16(text, big_endian)[2..];
            let read = read(bytes);
            assert_eq!(read.cells(), super::read(text).cells(), "{text}");
            assert!(evidence(bytes).starts_with(if big_endian { "UTF-16BE" } else { "UTF-16LE" }));
        }
    }
}

#[test]
fn evidence_is_a_sentence() {
    let mut sentences = vec![
        evidence("a,b\n"),
        evidence("\u{feff}a,b\n"),
        evidence("é,b\n1,ü\n"),
        evidence(b"a,b\n1,caf\xe9\n".as_slice()),
        evidence(&utf16("a,b\n", false)[2..]),
        evidence([b"a,b\n1,\xe9\n".as_slice(), "2,äöüß\n".as_bytes()].concat()),
    ];
    let said = Layout {
        encoding: Some("latin1".to_owned()),
        ..Layout::default()
    };
    let source = open(b"caf\xe9\n".as_slice(), &said).unwrap();
    sentences.push(source.encoding_evidence().unwrap().to_owned());
    insta::assert_snapshot!(sentences.join("\n"), @r"
    UTF-8, as there is nothing but ASCII in the whole input
    UTF-8, by its byte order mark
    UTF-8, as all of its characters beyond ASCII are (2 in the whole input)
    windows-1252, by the letters it makes of 1 place where it is no UTF-8 (the first byte is 0xE9 on line 2, in the whole input)
    UTF-16LE, without a byte order mark, by the zero bytes in it
    UTF-8, as 4 of its characters beyond ASCII are, though 1 is not (the first on line 2, in the whole input)
    windows-1252, as said
    ");
}

#[test]
fn a_few_bad_rows_do_not_make_a_utf8_file_another() {
    let mut bytes = b"id,text\n".to_vec();
    for row in 0..20 {
        bytes.extend_from_slice(format!("{row},schön\n").as_bytes());
    }
    bytes.extend_from_slice(b"20,caf\xe9\n21,fine\n");
    let read = read(bytes.clone());
    let bad: Vec<usize> = (0..22)
        .filter(|row| read.codes()[*row] == "invalid_utf8")
        .collect();
    assert_eq!(bad, [20]);
    assert_eq!(read.rows[20].fault.as_ref().unwrap().field, "text");
    assert_eq!(read.cells()[0], ["0", "schön"]);
    assert_eq!(read.cells()[20], ["20", "caf\u{fffd}"]);
    assert!(evidence(bytes).contains("(the first on line 22"));

    let error = refused(
        b"\xc3\xb6\xc3\xb6,caf\xe9\n1,2\n".as_slice(),
        &Layout::default(),
    );
    assert_eq!(error.place.as_deref(), Some("row 1"));
    assert!(error.message.contains("column 2"), "{error}");
}

#[test]
fn the_end_of_a_file_counts_as_well_as_its_beginning() {
    let mut bytes = b"id,text\n".to_vec();
    for row in 0..30_000 {
        bytes.extend_from_slice(format!("{row},plain\n").as_bytes());
    }
    let late = bytes.len();
    bytes.extend_from_slice(b"x,caf\xe9\n");
    assert!(late > 256 << 10);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let input = crate::read::Input::File(file.path().to_owned());
    let source = Source::open(&input, &Layout::default()).unwrap();
    assert_eq!(source.encoding(), Some("windows-1252"));
    let found = source.encoding_evidence().unwrap();
    assert!(
        found.contains("on line 30002, in the whole file"),
        "{found}"
    );
}

#[test]
fn what_contradicts_the_guess_of_a_stream_is_at_fault_at_its_place() {
    // Longer than is looked at: the beginning is ASCII, the end is not UTF-8.
    let mut bytes = b"id,text\n".to_vec();
    while bytes.len() < 2 << 20 {
        bytes.extend_from_slice(b"1,plain and simple\n");
    }
    bytes.extend_from_slice(b"x,caf\xe9\ny,fine\n");
    let found = evidence(bytes.clone());
    assert!(
        found.contains("as the input cannot be read twice"),
        "{found}"
    );
    let read = read(bytes);
    let codes = read.codes();
    assert_eq!(codes[codes.len() - 2..], ["invalid_utf8", ""]);

    // No letter of windows-1252, though the Web would have it a control character.
    let read = super::read(b"id,text\n1,tr\xe8s\n2,d\xe9j\xe0\n3,x\x81y\n".as_slice());
    assert_eq!(read.codes(), ["", "", "invalid_utf8"]);
    assert!(
        read.message(2).contains("not valid windows-1252"),
        "{}",
        read.message(2)
    );
}

#[test]
fn half_a_character_at_the_end_is_a_fault() {
    let mut bytes = utf16("a,b\n1,2", false);
    bytes.push(b'3');
    let read = read(bytes);
    assert_eq!(read.codes(), ["invalid_utf8"]);
    assert!(read.message(0).contains("UTF-16LE"));
}

#[test]
fn a_zero_byte_does_not_make_chinese_of_a_table() {
    for (text, at) in [(ENGLISH, 20), (ENGLISH, 21), (GERMAN, 41), (JAPANESE, 15)] {
        let mut bytes = text.repeat(20).into_bytes();
        // In the place of a letter.
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric();
        let at = at + bytes[at..].iter().position(is_letter).unwrap();
        bytes[at] = 0;
        let error = refused(bytes, &Layout::default());
        assert!(error.message.contains("NUL"), "{error}");
    }
    for text in [ENGLISH, RUSSIAN, JAPANESE, KOREAN, "a,b\n1,2\n"] {
        for big in [false, true] {
            let bytes = utf16(text, big)[2..].to_vec();
            let source = open(bytes, &Layout::default()).unwrap();
            let wanted = if big { "UTF-16BE" } else { "UTF-16LE" };
            assert_eq!(source.encoding(), Some(wanted), "{text}");
        }
    }
}
