use super::*;
use crate::record::Cells;

const OURS: &str = "_row,_file,_error,_field,_message,_status,_run,_id,_response";

#[test]
fn numbers_rows_as_a_spreadsheet_shows_them() {
    let text = "\nid,text\n1,\"two\nlines\"\n\n\n2,b\n  \n,\n3,\"a\n\nb\"\n4,d";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let read = read(text);
        assert_eq!(read.header, ["id", "text"]);
        assert_eq!(
            read.positions(),
            [(3, 3), (6, 7), (9, 10), (10, 13)],
            "blank lines count, line breaks in cells are lines but no rows"
        );
        assert!(read.codes().iter().all(|code| code.is_empty()));
    }
}

#[test]
fn old_macs_ended_lines_with_carriage_returns() {
    let read = read("a,b\r1,2\r\r3,4\r");
    assert_eq!(read.cells(), [["1", "2"], ["3", "4"]]);
    assert_eq!(read.positions(), [(2, 2), (4, 4)]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_header() {
    let table = "Größe,b\n1,é\n";
    let utf8 = [b"\xef\xbb\xbf", table.as_bytes()].concat();
    for bytes in [utf8, utf16(table, false), utf16(table, true)] {
        let read = read(bytes);
        assert_eq!(read.header, ["Größe", "b"]);
        assert_eq!(read.cells(), [["1", "é"]]);
    }
}

#[test]
fn an_encoding_can_be_named() {
    let layout = |label: &str| Layout {
        encoding: Some(label.to_owned()),
        ..Layout::default()
    };
    let read = read_as(b"Gr\xf6\xdfe\n\x80 5\n", &layout("windows-1252"));
    assert_eq!(
        (read.header[0].as_str(), read.cells()[0][0].as_str()),
        ("Größe", "€ 5")
    );
    let unmarked = &utf16("a,b\n1,é\n", false)[2..];
    assert_eq!(read_as(unmarked, &layout("utf-16le")).cells(), [["1", "é"]]);
    let marked = read_as("\u{feff}é,b\n", &layout("windows-1252"));
    assert_eq!(marked.header, ["é", "b"], "a byte order mark is stronger");

    let error = refused("a,b\n", &layout("windows1225"));
    assert!(error.message.contains("windows-125"), "{error}");
}

#[test]
fn ragged_rows_are_at_fault_unless_padded() {
    let text = "a,b,c\n1\n1,2,3\n1,2,3,4\n1,2,3,,\n\"x\ny\",2\nz,2\n";
    let strict = read(text);
    assert_eq!(
        strict.codes(),
        [
            "ragged_row",
            "",
            "ragged_row",
            "ragged_row",
            "ragged_row",
            "ragged_row"
        ]
    );
    assert!(
        strict
            .message(0)
            .starts_with("row 2 has 1 cell, the header has 3: ")
    );
    assert!(
        strict
            .message(5)
            .starts_with("row 7 (line 8) has 2 cells, ")
    );

    let padded = read_as(text, &ragged_pad());
    assert_eq!(padded.codes(), ["", "", "ragged_row", "", "", ""]);
    assert_eq!(padded.rows[0].cell(2).text(), "");
}

#[test]
fn a_quote_that_a_later_cell_closes_is_at_fault() {
    let table = "id,text,n\n1,fine,1\n2,\"one\n\nthree\nfour\",2\n3,\"open,3\n4,private,4\n5,b,5\n6,\"c\",6\n7,d,7\n";
    for text in [table.to_owned(), table.replace('\n', "\r\n")] {
        let read = read(text);
        assert_eq!(read.codes(), ["", "", "unclosed_quote", ""]);
        assert_eq!(
            read.message(2),
            "row 4 (lines 7 to 10), column 'text': the cell opens a quote (\") on line 7 and holds 2 lines that look like \
             rows: close that quote, or if the text really holds such lines, run the failures file as it is"
        );
        assert_eq!(read.rows[2].fault.as_ref().unwrap().field, "text");
    }
    let wide = read("id,text,n\n1,\"open,3\n4,a,4\n5,b,5\n6,\"c, c\",6\n");
    assert_eq!(wide.codes(), ["ragged_row"]);
    assert!(
        wide.message(0).contains("opens a quote"),
        "{}",
        wide.message(0)
    );

    let carried = format!(
        "{OURS},id,text,n\n4,f.csv,unclosed_quote,text,m,rejected,r,,,3,\"a\n4,a,4\n5,b,5\nb\",6\n"
    );
    let again = read(carried);
    assert!(again.is_failures_file);
    assert_eq!(again.codes(), [""], "looked at by a person");

    let ragged = read("a,b,c\n1,\"x\ny\"\n");
    assert!(
        ragged
            .message(0)
            .starts_with("row 2 (lines 2 to 3) has 2 cells, ")
    );
}

#[test]
fn a_quote_that_the_next_cell_closes_is_told_where_all_are_quoted() {
    let read =
        read("\"id\",\"text\",\"n\"\n\"1\",\"fine\",\"1\"\n\"2\",\"open, on,\"2\"\n\"3\",\"3\"\n");
    assert_eq!(read.codes(), ["", "ragged_row", "ragged_row"]);
    assert_eq!(
        read.message(1),
        "row 3 has 2 cells, the header has 3: column 'text' seems to open a quote (\") that is closed by that of the next \
         cell: close it where the text ends; or else add the missing delimiters, or set ragged = \"pad\" under [source] \
         to fill short rows"
    );
    assert!(!read.message(2).contains("quote"), "{}", read.message(2));
}

#[test]
fn a_quote_that_is_not_written_twice_is_told() {
    let notices = |text: &str| {
        let source = open(text, &Layout::default()).unwrap();
        let notices = source.notices();
        source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
        notices.list().join("\n")
    };
    insta::assert_snapshot!(
        notices("id,text\n1,fine\n2,\"He said \"great\" and left\"\n3,\"a \"b\" c\"\n"),
        @r#"row 3, cell 2, and perhaps others hold a quote (") that is not written twice: the text lost a quote; inside a quoted cell write each as """#
    );
    assert_eq!(
        notices("id,text\n1,\"He said \"\"great\"\"\"\n2,\"a\nb\"\n"),
        ""
    );
}

#[test]
fn an_unclosed_quote_ends_the_reading_however_small_the_file() {
    let (read, error) = read_broken("id,text\n1,fine\n\n2,\"open\n3,x\n4,y\n");
    assert_eq!(read.cells(), [["1", "fine"]]);
    assert_eq!(error.place.as_deref(), Some("row 4"));
    assert!(
        error
            .message
            .contains("opened at row 4, cell 2, is never closed"),
        "{error}"
    );

    let (_, error) = read_broken("a,b,c\n1,\"two\nlines\",\"open\n2,3,4\n");
    assert_eq!(error.place.as_deref(), Some("row 2 (line 3)"));
    assert!(error.message.contains("cell 3"), "{error}");

    for closed in [
        "a,b\n1,\"x\"",
        "a,b\n1,\"x\"\"\"",
        "a,b\n1,\"\"",
        "a,b\n1,x\"",
        "a,b\n1,",
    ] {
        super::read(closed);
    }
    for open in ["a,b\n1,\"x", "a,b\n1,\"", "a,b\n1,\"x\"\"", "a,b\n1,\"x\n"] {
        read_broken(open);
    }
}

#[test]
fn a_quote_unclosed_in_a_long_file_stops_at_the_limit() {
    struct Endless(&'static [u8], usize);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            for byte in buffer.iter_mut() {
                *byte = self.0[self.1 % self.0.len()];
                self.1 += 1;
            }
            Ok(buffer.len())
        }
    }
    for (begin, lines, expected) in [
        ("a,b\n1,2\n3,\"", "x,y\n", "never closed within 4 MiB"),
        ("a,b\n1,2\n3,", "x", "longer than 4 MiB"),
        ("a,b\n1,2\n3,", ",", "more than 65536 cells"),
    ] {
        let stream = std::io::Read::chain(begin.as_bytes(), Endless(lines.as_bytes(), 0));
        let layout = Layout::default();
        let source = Source::from_stream(Box::new(stream), Path::new("-"), &layout).unwrap();
        let mut rows = 0;
        let end = source.rows(0, &mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        });
        let error = end.unwrap_err();
        assert_eq!((rows, error.place.as_deref()), (1, Some("row 3")));
        assert!(error.message.contains(expected), "{error}");
    }
}

#[test]
fn the_header_may_stand_anywhere_or_nowhere() {
    let text = "Report of May\n\nid,text\nthe id,the text\n\n1,x\n2,y\n";
    let at = |row, skip| Layout {
        header_row: Some(row),
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let third = read_as(text, &at(3, 2));
    assert_eq!(third.header, ["id", "text"]);
    assert_eq!(third.positions(), [(6, 6), (7, 7)]);

    let none = read_as("1,x\n2,y\n", &at(0, 0));
    assert_eq!(none.header, ["", ""]);
    assert_eq!(none.cells(), [["1", "x"], ["2", "y"]]);
    assert_eq!(read_as("1,x\n2,y\n", &at(0, 1)).cells(), [["2", "y"]]);

    assert!(refused(text, &at(2, 0)).message.contains("blank"));
    assert!(refused(text, &at(9, 0)).message.contains("ends before"));
}

#[test]
fn the_delimiter_is_found_out() {
    let cases: [(&str, u8); 8] = [
        ("id;text;n\n1;Well, yes, well;2,5\n", b';'),
        ("id\ttext\n1\tWell; yes\n", b'\t'),
        ("id|text\n1|a,b\n", b'|'),
        ("id,text\n1,a;b;c;d\n", b','),
        ("\"a;b;c\",d\n1,2\n", b','),
        ("Q1, why?;Q2, how?;Q3\n1;2;3\n4;5;6\n", b';'),
        ("comment\nWell, I; think\n", b','),
        ("a;b", b';'),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).delimiter, Some(expected), "{text}");
    }
    let said = Layout {
        delimiter: Some(b'|'),
        ..Layout::default()
    };
    assert_eq!(read_as("a,b|c\n1,2|3\n", &said).header, ["a,b", "c"]);
}

#[test]
fn excels_separator_line_is_obeyed_and_is_no_row() {
    for line in ["sep=;\n", "sep=;\r\n", "\"sep=;\"\n"] {
        let read = read(format!("{line}a,b;c\n1;2\n"));
        assert_eq!(read.header, ["a,b", "c"]);
        assert_eq!(read.positions(), [(2, 3)]);
    }
    assert_eq!(read("sep=\t\na;\tb\n1\t2\n").header, ["a;", "b"]);
}

#[test]
fn a_header_without_rows_is_fine() {
    for text in ["a,b", "a,b\n", "a,b\n\n\n"] {
        let read = read(text);
        assert_eq!((read.header.len(), read.rows.len()), (2, 0));
    }
    let error = refused("\n\r\n , \n", &Layout::default());
    assert!(error.message.contains("blank lines"), "{error}");
}

#[test]
fn reading_stops_when_told() {
    let source = open("a\n1\n2\n3\n", &Layout::default()).unwrap();
    let mut seen = 0;
    let end = source.rows(7, &mut |row| {
        assert_eq!(row.file, 7);
        assert!(matches!(row.cells, Cells::Text(_)));
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((seen, end), (1, Ok(())));
}

#[test]
fn repeated_headers_are_told_apart() {
    assert_eq!(
        read("Other,Other,,Other\n").header,
        ["Other", "Other (2)", "", "Other (3)"]
    );
}

#[test]
fn a_header_may_have_several_rows() {
    let text = "Report\n\nid,Films,,Done\n,First,Second,\n\nnote,,,\n1,a,b,c\n";
    let layout = |rows, skip| Layout {
        header_row: Some(3),
        header_rows: Some(rows),
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let two = read_as(text, &layout(2, 2));
    assert_eq!(
        two.header,
        ["id", "Films / First", "Films / Second", "Done"]
    );
    assert_eq!(two.positions(), [(7, 7)]);
    let three = read_as(text, &layout(3, 0));
    assert_eq!(three.header, two.header, "a blank row of the header counts");
    assert_eq!(three.positions(), [(6, 6), (7, 7)]);
    assert!(refused(text, &layout(0, 0)).message.contains("1 to 10"));
}

#[test]
fn the_third_row_of_qualtrics_names_the_zone_and_is_no_answer() {
    let ids = r#""{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""QID1""}""#;
    let text = format!("StartDate,Q1\nStart Date,Why?\n{ids}\n2026-11-02 10:15:00,good\n");
    let layout = |skip| Layout {
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let source = open(text.as_str(), &layout(2)).unwrap();
    assert_eq!(source.timezone(), Some("America/Denver"));
    assert_eq!(read_as(text.as_str(), &layout(2)).positions(), [(4, 4)]);

    let source = open(text.as_str(), &layout(1)).unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    insta::assert_snapshot!(notices.list().join("\n"), @"row 3 holds Qualtrics' import ids, no answers: leave it out by skip_rows_after_header = 2");
}

#[test]
fn an_error_just_below_the_rows_left_out_comes_when_rows_are_read() {
    let layout = Layout {
        skip_rows_after_header: 1,
        ..Layout::default()
    };
    let read = read_as("a,b\nc,d\n1,\"open\n", &layout);
    assert!(read.rows.is_empty());
    assert_eq!(read.error.unwrap().place.as_deref(), Some("row 3"));
}

#[test]
fn thousands_of_columns_of_one_name_take_no_time() {
    let header = vec!["a"; 60_000].join(",");
    assert_eq!(read(format!("{header}\n")).header[59_999], "a (60000)");
}

#[test]
fn totals_below_the_table_are_rows_and_are_told() {
    let source = open(
        "a,b\n1,2\n1,2\n1,2\n1,2\n1,2\n\nTotal,10\n",
        &Layout::default(),
    )
    .unwrap();
    let (notices, mut rows) = (source.notices(), 0);
    let count = &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    };
    source.rows(0, count).unwrap();
    assert_eq!(rows, 6);
    assert!(notices.list()[0].starts_with("row 8 and what follows"));
}
