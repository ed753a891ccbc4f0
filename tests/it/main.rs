//! The built program against the sandbox, as its users run it.

mod bad_input;
mod check;
mod check_samples;
mod deploy;
mod doctor;
mod exactly_once;
mod faults;
mod import;
mod jobs;
mod known;
mod ledger_commands;
mod month;
mod rate;
mod report;
mod secrets;
mod support;
mod undo;
mod wrong_use;
