//! The built program against the sandbox, as its users run it.

mod bad_input;
mod doctor;
mod exactly_once;
mod faults;
mod import;
mod known;
mod ledger_commands;
mod report;
mod secrets;
mod support;
mod undo;
mod wrong_use;
