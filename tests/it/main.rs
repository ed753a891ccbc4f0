//! The built program against the sandbox, as its users run it.

mod bad_input;
mod check;
mod check_samples;
mod deploy;
mod doctor;
mod doctor_network;
mod documented;
mod exactly_once;
mod faults;
mod full_disk;
mod go_on;
mod import;
mod jobs;
mod jobs_evidence;
mod known;
mod ledger_commands;
mod left_behind;
mod month;
mod odd_exports;
mod power;
mod rate;
mod report;
mod secrets;
mod support;
mod undo;
mod wrong_use;
