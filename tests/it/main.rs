//! The built program against the sandbox, as its users run it.

mod bad_input;
mod faults;
mod import;
mod secrets;
mod support;
mod wrong_use;
