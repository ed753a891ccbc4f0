//! Mapping files: what parses is compiled, and maps a row.
#![no_main]

use chatterload::mapping::Mapping;
use libfuzzer_sys::fuzz_target;

const TABLE: &str = "id,NPS,Why?,Submitted,Q5_a,Q5_b\n1,9,\"good\",2026-11-02,3,4\n2,,,x,,\n3,\"9,5\",a 5/10,02/11/2026 10:15,N/A,-\n";
const LINES: &str = "{\"id\": 1, \"NPS\": [9], \"Why?\": {\"a\": \"good\", \"b\": null}, \"Submitted\": 1700000000}\n";

fuzz_target!(init: chatterload_fuzz::begin(), |text: &str| {
    let Ok(mapping) = Mapping::parse("fuzz.toml", text) else {
        return;
    };
    for file in [TABLE, LINES] {
        if let Some(source) = chatterload_fuzz::stream(file.as_bytes(), &mapping.layout()) {
            chatterload_fuzz::map(source, &mapping);
        }
        if let Some(source) = chatterload_fuzz::stream(file.as_bytes(), &Default::default()) {
            chatterload_fuzz::map(source, &mapping);
        }
    }
});
