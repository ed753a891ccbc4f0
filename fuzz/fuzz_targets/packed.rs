//! Compressed files.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: chatterload_fuzz::begin(), |data: &[u8]| chatterload_fuzz::read(data, None));
