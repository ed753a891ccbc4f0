//! Mapping files: what parses is compiled, and maps a row.
#![no_main]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use chatterload::mapping::{Mapping, Plan};
use chatterload::read::{Layout, Source};
use libfuzzer_sys::fuzz_target;

const TABLE: &str = "id,NPS,Why?,Submitted,Q5_a,Q5_b\n1,9,\"good\",2026-11-02,3,4\n2,,,x,,\n";

fuzz_target!(|text: &str| {
    let Ok(mapping) = Mapping::parse("fuzz.toml", text) else {
        return;
    };
    let stream = Box::new(Cursor::new(TABLE.as_bytes()));
    let Ok(source) = Source::from_stream(stream, Path::new("fuzz.csv"), &Layout::default()) else {
        return;
    };
    if let Ok(plan) = Plan::compile(&mapping, "fuzz.csv", source.shape()) {
        let _ = source.rows(0, &mut |row| {
            let _ = plan.map(&row);
            ControlFlow::Continue(())
        });
    }
});
