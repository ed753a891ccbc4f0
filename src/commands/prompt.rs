//! Questions on a terminal.

use std::io::{BufRead, IsTerminal, Write};

use crate::console::Console;
use crate::draft::{Answer, Question};
use crate::error::Error;

/// Whether somebody is there to answer.
pub fn is_possible(console: &Console) -> bool {
    !console.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks one question of a draft; an empty line takes what the draft has.
pub fn ask(question: &Question, console: &Console) -> Result<Answer, Error> {
    console.note(&format!("\n{}", question.prompt));
    for (number, choice) in (1..).zip(&question.choices) {
        let taken = question.default.contains(&choice.value);
        let mark = if taken { "*" } else { " " };
        console.note(&format!("  {mark} {number}. {}", choice.label));
    }
    let several = if question.multiple {
        ", several as in 1,3"
    } else {
        ""
    };
    let hint = match (question.default.is_empty(), question.open) {
        (false, true) => format!("Number{several}, or a text; Enter takes what is marked: "),
        (false, false) => format!("Number{several}; Enter takes what is marked: "),
        (true, true) => format!("Number{several}, or a text; Enter leaves it out: "),
        (true, false) => format!("Number{several}; Enter leaves it out: "),
    };
    loop {
        let line = line(&hint)?;
        match answer(question, line.trim()) {
            Ok(values) => {
                return Ok(Answer {
                    field: question.field.to_owned(),
                    values,
                });
            }
            Err(why) => console.note(&why),
        }
    }
}

/// What a line answers.
fn answer(question: &Question, line: &str) -> Result<Vec<String>, String> {
    if line.is_empty() {
        return Ok(question.default.clone());
    }
    let numbers: Vec<Option<usize>> = line
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    if numbers.iter().any(Option::is_none) {
        return if question.open {
            Ok(vec![line.to_owned()])
        } else {
            Err("Please answer with a number of the list.".to_owned())
        };
    }
    if numbers.len() > 1 && !question.multiple {
        return Err("Only one of them, please.".to_owned());
    }
    numbers
        .into_iter()
        .flatten()
        .map(|number| {
            let choice = number
                .checked_sub(1)
                .and_then(|index| question.choices.get(index));
            choice
                .map(|choice| choice.value.clone())
                .ok_or_else(|| format!("There is no number {number}."))
        })
        .collect()
}

/// Asks for yes or no; no is what an empty line means.
pub fn confirm(question: &str) -> Result<bool, Error> {
    let line = line(&format!("{question} [y/N] "))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes"))
}

/// A line from the terminal.
fn line(hint: &str) -> Result<String, Error> {
    let failed =
        |error: std::io::Error| Error::Usage(format!("the terminal cannot be read: {error}"));
    let mut out = std::io::stderr().lock();
    out.write_all(hint.as_bytes())
        .and_then(|()| out.flush())
        .map_err(failed)?;
    // Whoever interrupts the question is told so there.
    drop(out);
    let mut line = String::new();
    let read = std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(failed)?;
    if read == 0 {
        return Err(Error::Stopped("no answer was given".to_owned()));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Choice;

    fn question(multiple: bool, open: bool) -> Question {
        let choice = |value: &str| Choice {
            value: value.to_owned(),
            label: value.to_owned(),
        };
        Question {
            field: "score",
            prompt: "Which?".to_owned(),
            choices: vec![choice("a"), choice("b")],
            default: vec!["b".to_owned()],
            multiple,
            open,
        }
    }

    #[test]
    fn answers_are_numbers_of_the_list() {
        let one = question(false, false);
        assert_eq!(answer(&one, ""), Ok(vec!["b".to_owned()]));
        assert_eq!(answer(&one, "1"), Ok(vec!["a".to_owned()]));
        for wrong in ["0", "3", "1,2", "x"] {
            assert!(answer(&one, wrong).is_err(), "{wrong}");
        }
        let several = question(true, true);
        assert_eq!(answer(&several, "1, 2").unwrap().len(), 2);
        assert_eq!(
            answer(&several, "Europe/Paris"),
            Ok(vec!["Europe/Paris".to_owned()])
        );
    }
}
