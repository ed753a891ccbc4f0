//! Which headers say that a column holds personal data: contact, name, address, place on Earth, birth. The one rule for
//! what `map` leaves out and what `inspect` and `check` do not show.

use super::words::{holds, spaced};

/// Whether a header, a key, or a path of JSON says that its values are personal data. Of a path the last part counts,
/// and what it belongs to: `submitted.by.name` is somebody's, `product.name` is not.
pub fn is_personal(header: &str) -> bool {
    let words = words(header);
    let joined = words.join(" ");
    // A whole sentence may be about e-mail; it asks for it where it is short and says whose.
    let asks = words.len() <= 4
        || (words.len() <= 9
            && words.first().is_some_and(|first| is_one_of(first, ASKING))
            && any(YOUR, &joined));
    if any(NAMED, &joined) || (asks && any(PERSONAL, &joined)) || is_whole(&words) {
        return true;
    }
    // `Agent name`, `author_login`: whose it is says that it is a person's.
    let of_person = asks
        && words.windows(2).any(|pair| {
            is_one_of(&pair[0], PEOPLE) && is_one_of(&pair[1], "name|names|login|username")
        });
    of_person || last_part(header)
}

/// Whether a header may as well stand above codes, which name nobody: `Customer`, `Author`.
pub fn may_be_code(header: &str) -> bool {
    let path: Vec<&str> = header.split(['.', '/']).collect();
    let last = path.last().copied().unwrap_or(header);
    [header, last]
        .iter()
        .any(|part| is_one_of(&words(part).join(" "), CODED))
        && !any(PERSONAL, &words(header).join(" "))
}

/// Whether the last part of a path is personal by itself, and belongs to no thing.
fn last_part(header: &str) -> bool {
    let is_path = !header.trim().contains(char::is_whitespace) && header.contains(['.', '/']);
    if !is_path {
        return false;
    }
    let mut parts = header.trim().rsplit(['.', '/']);
    let last = words(parts.next().unwrap_or_default());
    let of = words(parts.next().unwrap_or_default());
    let of_thing = of.last().is_some_and(|owner| any(THINGS, owner));
    let joined = last.join(" ");
    (is_whole(&last) && !of_thing) || (last.len() <= 4 && any(PERSONAL, &joined))
}

/// Words in lower case, `firstName` as two, without what forms say of whether a field must be filled.
fn words(header: &str) -> Vec<String> {
    spaced(header)
        .to_lowercase()
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty() && !is_one_of(word, "optional|required|freiwillig"))
        .map(str::to_owned)
        .collect()
}

fn is_whole(words: &[String]) -> bool {
    is_one_of(&words.join(" "), WHOLE) || is_one_of(&words.join(" "), CODED)
}

fn is_one_of(word: &str, known: &str) -> bool {
    known.split('|').any(|known| known == word)
}

fn any(known: &str, joined: &str) -> bool {
    known.split('|').any(|word| holds(joined, word))
}

const ASKING: &str = "what|whats|your|please|enter|provide|may|could|can|ihre|ihr|wie|bitte|votre|quelle|quel|su|cual|cuál|leave";

const YOUR: &str = "your email|your e mail|your phone|your first name|your last name|your full name|your name|your address|\
    ihre e mail|ihre email|ihre telefon|ihre adresse|ihr name|votre e mail|votre adresse|votre nom|su correo|su nombre";

/// Questions for a name, in so many words.
const NAMED: &str = "wie heißen sie|wie heissen sie|wie heißt du|wie heisst du|what are you called|\
    comment vous appelez|comment t appelles|cómo se llama|como se llama|come ti chiami|come si chiama";

/// Headers that mean a person only if they say nothing else.
const WHOLE: &str = "name|names|username|user login|login|nickname|nom|nombre|nome|naam|imię|isim|contact|kontakt|\
    address|adresse|anschrift|dirección|indirizzo|adres|mobile|mobil|handy|cell|tel|tél|お名前|氏名|姓名|이름";

/// The same, where the values are no codes.
const CODED: &str = "user|customer|author|reviewer|requester|requestor|submitter|assignee|account manager|\
    ansprechpartner|verfasser|autor|auteur|autore";

/// Whose a name or a login is.
const PEOPLE: &str = "customer|client|contact|user|person|people|respondent|recipient|reviewer|review|author|requester|\
    requestor|submitter|sender|agent|staff|employee|manager|assignee|advisor|consultant|operator|guest|member|\
    patient|student|buyer|visitor|participant|owner|by|display|screen|nick|your|mitarbeiter|kunden|berater|bearbeiter";

/// Owners whose name is no person's.
const THINGS: &str = "product|produkt|survey|company|firma|organi|store|shop|brand|channel|location|city|country|campaign|\
    form|item|plan|team|group|question|file|event|category|tag|site|app|device|browser|os|branch|project|segment|\
    template|queue|department|region|language|business|webshop|package|service|source|type|status|stage|course|\
    hotel|restaurant|venue|version|list|field|tool|platform|page|metric|score|reason|topic|theme|feature";

const PERSONAL: &str = "email|e mail|mail address|mailadresse|courriel|correo|ip address|ipaddress|ip adresse|=ip|\
    adresse ip|dirección ip|first name|firstname|last name|lastname|surname|full name|fullname|given name|family name|\
    middle name|nick name|customer name|contact name|your name|user name|user login|respondent name|recipientfirstname|\
    recipientlastname|recipientemail|review username|requester name|agent first|agent last|vorname|nachname|kundenname|\
    familienname|mitarbeitername|ihr name|prénom|nom de famille|nom du client|apellido|nombre completo|\
    nombre del cliente|cognome|sobrenome|achternaam|voornaam|nazwisko|phone|telephone|telefon|téléphone|teléfono|\
    mobile number|mobile no|mobilnummer|mobiltelefon|handynummer|handynr|tel nr|telnr|cell number|cellphone|street|straße|strasse|\
    postal address|postadresse|postanschrift|home address|billing address|shipping address|delivery address|\
    address line|address 1|address 2|customer address|mailing address|ihre adresse|lieferadresse|rechnungsadresse|=iban|kontonummer|bank account|\
    =ssn|social security|passport|birth|=dob|geburt|naissance|nacimiento|latitude|longitude|locationlatitude|\
    locationlongitude";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_known_by_its_header() {
        for header in [
            "E-Mail",
            "email_address",
            "Name",
            "Name (optional)",
            "IPAddress",
            "IP",
            "Vorname",
            "Recipient.Email",
            "Customer Name",
            "Phone",
            "What is your e-mail address, please?",
            "person_name",
            "user_login",
            "firstName",
            "author",
            "Requester",
            "customer",
            "Agent name",
            "Account manager",
            "Adresse",
            "Postal address",
            "Address line 1",
            "Tel.",
            "IBAN",
            "Geburtsdatum",
            "Birthday",
            "Kontakt",
            "Wie heißen Sie?",
            "What is your name, please?",
            "mobile",
            "submitted.by.name",
            "source.author.name",
            "user.name",
            "agent.name",
            "customer.first_name",
            "payload.answers.contact.phone",
        ] {
            assert!(is_personal(header), "{header}");
        }
    }

    #[test]
    fn things_have_names_too() {
        for header in [
            "Have you ever tracked an email you have sent?",
            "Product name",
            "Mailing",
            "Shipping",
            "Store",
            "Agent",
            "Username of the month club",
            "Country",
            "product.name",
            "survey.name",
            "custom_fields[id=360].value",
            "Was your issue addressed?",
            "Mobile app rating",
            "Customer segment",
            "Respondent ID",
            "Author of the book you bought",
            "Reviewer language",
            "Customer number",
            "meta.lang",
        ] {
            assert!(!is_personal(header), "{header}");
        }
    }
}
