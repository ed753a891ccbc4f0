//! Delimited text of any encoding.
#![no_main]

use chatterload::read::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: chatterload_fuzz::begin(), |data: &[u8]| chatterload_fuzz::read(data, Some(Format::Csv)));
