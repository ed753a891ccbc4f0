//! Files made to hurt: a clear error, in little memory and time.

use std::io::Read;

use super::packed::gzip;
use super::*;

/// The same bytes again and again, as long as anybody reads.
struct Endless(&'static [u8], usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(buffer.len())
    }
}

/// Reads `begin` and then `again` for ever, until there is an error; gives that and the number of rows.
fn endless(begin: &'static str, again: &'static str, layout: &Layout) -> (u64, InputError) {
    let stream = begin.as_bytes().chain(Endless(again.as_bytes(), 0));
    let mut rows = 0;
    let source = match Source::from_stream(Box::new(stream), Path::new("-"), layout) {
        Ok(source) => source,
        Err(error) => return (0, error),
    };
    let end = source.rows(0, &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    });
    (rows, end.unwrap_err())
}

#[test]
fn what_never_ends_is_stopped_by_the_limit_of_a_record() {
    let plain = Layout::default();
    let json = Layout {
        format: Some(Format::Json),
        ..Layout::default()
    };
    let cases = [
        ("", "x", &plain, 0, "longer than 4 MiB"),
        ("a,b\n\"", "x\n", &plain, 0, "4 MiB"),
        ("a,b\n1,2\n", "x,", &plain, 1, "more than 65536 cells"),
        ("", "x,", &plain, 0, "more than 65536 cells"),
        (
            "{\"a\": 1}\n{\"a\": \"",
            "x",
            &plain,
            1,
            "longer than 16 MiB",
        ),
        ("[", "[", &plain, 0, "longer than 16 MiB"),
        ("[{\"a\": 1},", "{\"a\":", &plain, 1, "longer than 16 MiB"),
        (
            "{\"responses\": [{\"a\": \"",
            "x",
            &plain,
            0,
            "longer than 16 MiB",
        ),
        ("{\"", "x", &json, 0, "16 MiB"),
        ("[1", "1", &json, 0, "longer than 16 MiB"),
    ];
    for (begin, again, layout, rows, expected) in cases {
        let (read, error) = endless(begin, again, layout);
        assert_eq!(read, rows, "{begin}{again}…: {error}");
        assert!(error.message.contains(expected), "{begin}{again}…: {error}");
    }
}

#[test]
fn a_million_columns_are_refused() {
    let error = refused("a,".repeat(1_000_000), &Layout::default());
    assert!(error.message.contains("more than 65536 cells"), "{error}");
    let error = refused("a\t".repeat(1_000_000), &Layout::default());
    assert!(error.message.contains("more than 65536 cells"), "{error}");
}

#[test]
fn many_wide_rows_are_joined_within_bounds() {
    let layout = Layout {
        header_rows: Some(10),
        ..Layout::default()
    };
    let upper = "x".repeat(1 << 20) + &",".repeat(1_000) + "\n";
    let lower = "y,".repeat(1_000) + "y\n";
    let error = refused(upper + &lower, &layout);
    assert!(error.message.contains("16 MiB together"), "{error}");
}

#[test]
fn deep_json_is_at_fault_and_not_climbed() {
    for depth in [200, 100_000] {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let lines = format!("{{\"id\": 1}}\n{deep}\n{{\"id\": 2}}\n");
        assert_eq!(read(lines).codes(), ["", "invalid_json", ""]);
        let array = format!("[{{\"id\": 1}}, {deep}, {{\"id\": 2}}]");
        assert_eq!(read(array).codes(), ["", "invalid_json", ""]);
        // As the first record, where the format is found out by it.
        assert_eq!(
            read(format!("{deep}\n{{\"id\": 2}}\n")).codes(),
            ["invalid_json", ""]
        );
    }
}

#[test]
fn bombs_are_not_unpacked_into_memory() {
    // A packed workbook is copied to a file before it is looked at: this is none, and ends as text.
    let zeros = gzip(&vec![0; 8 << 20]);
    let error = refused(zeros, &Layout::default());
    assert!(error.message.contains("NUL"), "{error}");
    let lines = gzip("1,2\n".repeat(1 << 20).as_bytes());
    let source = open(lines, &Layout::default()).unwrap();
    let mut rows = 0;
    let count = &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    };
    source.rows(0, count).unwrap();
    assert_eq!(rows, (1 << 20) - 1, "text that packs well is fine");
}
