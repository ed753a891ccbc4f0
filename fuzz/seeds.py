#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: seeds.py FOLDER makes FOLDER/text, FOLDER/json and so on.

Small files made here, the beginnings of samples/ and all of mappings/. The first byte of a seed chooses how it is
read (src/lib.rs); that of the mapping target is text from its first byte.
"""
import gzip
import io
import pathlib
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = pathlib.Path(sys.argv[1])
PLAIN, HEADLESS, TWO_ROWS, PAD_AND_FILL, DRAFT, BY_PATH = 0, 2, 4 + 8, 16 + 32, 0x40, 0x80


def seed(target, name, data, choices=(PLAIN,)):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    for choice in choices:
        (folder / f"{name}-{choice:02x}").write_bytes(bytes([choice]) + data)


def archive(parts, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return packed.getvalue()


TABLE = (
    'id,Größe,"Kom""mentar",Datum,NPS\r\n1,groß,"zwei\nZeilen, ja",2026-11-02 10:15,9\r\n2,"",,,10\r\n\r\n'
    "3,klein,Ça va très bien,03.11.2026,0\r\n"
)
QUALTRICS = (
    "StartDate,ResponseId,Q1_NPS_GROUP,Q2\nStart Date,Response ID,NPS,Why?\n"
    '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""_recordId""}","{}","{}"\n'
    "2026-01-05 08:00:00,R_1,Promoter,good\n"
)
FAILED = (
    "_row,_file,_error,_field,_message,_status,_run,_id,_response,id,NPS\r\n"
    "2,a.csv,score_not_a_number,score,bad,rejected,r,0011,nps,1,x\r\n"
)
ALL = (PLAIN, HEADLESS | 1, TWO_ROWS, PAD_AND_FILL, DRAFT, DRAFT | BY_PATH)

seed("text", "table", TABLE.encode(), ALL)
seed("text", "qualtrics", QUALTRICS.encode(), (DRAFT, TWO_ROWS))
seed("text", "failed", FAILED.encode("utf-8-sig"), (PLAIN, BY_PATH))
seed("text", "sep", b"sep=;\r\n" + TABLE.replace(",", ";").encode("utf-8-sig"), (PLAIN, 1))
for encoding in ("utf-16", "utf-16-be", "cp1252", "mac-roman"):
    seed("text", encoding, TABLE.encode(encoding), (PLAIN, BY_PATH))
seed("text", "japanese", "番号,感想\n1,とても良い\n2,普通です\n".encode("shift-jis"))
seed("text", "nps", (ROOT / "samples/nps.csv").read_bytes()[:2000].rpartition(b"\n")[0], (PLAIN, DRAFT))

LINES = '{"id": 1, "a": [1, {"b": "\\u00e9\\n"}], "t": true, "at": "2026-11-02T10:15:00+01:00"}\n{"id": 2}\n\n[1]\n{"x": -1.5e3}\n'
OBJECT = '{"n": 2, "responses": [{"id": 1, "a": [1, {"b": "]\\""}]}, {"id": 2}, 7], "z": null}'
seed("json", "lines", LINES.encode(), (PLAIN, 1, DRAFT))
seed("json", "array", b'[{"id": 1, "q": "x,y"},\n {"id": 2, "q": null}]', (PLAIN, 1, DRAFT | BY_PATH))
seed("json", "object", OBJECT.encode(), (PLAIN, 1, DRAFT))
seed("json", "values", b'{\n "id": 1\n}\n{\n "id": 2\n}\n', (PLAIN, 1))
seed("json", "utf16", OBJECT.encode("utf-16"))
seed("json", "failed", b'{"_chatterload": {"row": 1, "id": "0011", "response": ["nps"], "raw": "{"}, "id": 1}\n', (PLAIN, DRAFT))
seed("json", "support", (ROOT / "samples/support.ndjson").read_bytes()[:1500].rpartition(b"\n")[0], (PLAIN, DRAFT))

SHEET = (
    '<worksheet><dimension ref="A1:D5"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
    '<c r="C1" t="inlineStr"><is><t>when</t></is></c></row><row r="2"><c r="A2"><v>7</v></c><c r="B2" t="b"><v>1</v></c>'
    '<c r="C2" s="1"><v>46328.25</v></c></row><row r="3"><c r="A3" t="str"><f>A2&amp;"x"</f><v>7x</v></c>'
    '<c r="B3" t="e"><v>#N/A</v></c><c><f t="shared" ref="C3:C4" si="0">A2</f></c></row><row><c t="d"><v>2026-11-02T10:15:00Z</v></c>'
    '<c r="XFD4"><v>1</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A2:B3"/></mergeCells></worksheet>'
)
STRINGS = '<sst count="2" uniqueCount="2"><si><t>id</t></si><si><r><t>sc</t></r><r><t xml:space="preserve">ore &amp; &#x41;</t></r></si></sst>'
STYLES = (
    '<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)
WORKBOOK = '<workbook><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="r1" state="hidden"/><sheet name="T &amp; U" sheetId="2" r:id="r1"/></sheets></workbook>'
RELATIONS = (
    '<Relationships><Relationship Id="r1" Type="t/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
    'Type="t/styles" Target="styles.xml"/><Relationship Id="r3" Type="t/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
)
CELL = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
CONTENT = (
    '<office:document-content><style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    '<table:table table:name="Data"><table:table-row>' + CELL.format("string", "", "id") + CELL.format("string", "", "when")
    + '</table:table-row><table:table-row table:number-rows-repeated="2">'
    + CELL.format("string", 'table:number-columns-spanned="2" table:number-rows-spanned="2"', 'a<text:s text:c="3"/>b &amp; c')
    + CELL.format("date", 'office:date-value="2026-11-02" table:number-columns-repeated="2"', "x")
    + "</table:table-row><table:table-row>" + CELL.format("float", 'office:value="1.5"', "1,5")
    + CELL.format("time", 'office:time-value="PT10H15M00S"', "10:15") + CELL.format("percentage", 'office:value="0.5"', "50 %")
    + "</table:table-row></table:table></office:document-content>"
)

seed("sheet", "sheet", SHEET.encode(), (0, 0x30, 0x40))
seed("sheet", "workbook", WORKBOOK.encode(), (2,))
seed("sheet", "styles", STYLES.encode(), (4,))
seed("sheet", "strings", STRINGS.encode(), (6, 0x46))
seed("sheet", "relations", RELATIONS.encode(), (8,))
seed("sheet", "content", CONTENT.encode(), (1, 0x31, 0x41))


def record(kind, data=b""):
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary(kind, column, value, style=0):
    return record(kind, struct.pack("<II", column, style) + value)


def xlsb():
    workbook = [record(0x99, bytes(8)), record(0x8F), record(0x9C, bytes(8) + wide("rId1") + wide("Answers")), record(0x90), record(0x9D), record(0x84)]
    sheet = [record(0x81), record(0x94, struct.pack("<IIII", 0, 1, 0, 3)), record(0x91), record(0, struct.pack("<I", 0))]
    sheet += [binary(6, 0, wide("id")), binary(6, 1, wide("score")), binary(7, 2, struct.pack("<I", 0)), record(0, struct.pack("<I", 1))]
    sheet += [binary(6, 0, wide("0012")), binary(5, 1, struct.pack("<d", 2.5)), binary(5, 2, struct.pack("<d", 46328.25), 1)]
    sheet += [binary(4, 3, b"\1"), binary(2, 4, struct.pack("<i", 1 << 2 | 2)), binary(3, 5, b"\x07"), record(0x92)]
    styles = [record(0x269, struct.pack("<I", 2)), record(0x2F, bytes(4)), record(0x2F, bytes([0, 0, 22, 0]))]
    strings = [record(0x9F, struct.pack("<II", 1, 1)), record(0x13, b"\0" + wide("shared")), record(0xA0)]
    relations = (
        '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/><Relationship Id="rId2" '
        'Type="t/sharedStrings" Target="sharedStrings.bin"/></Relationships>'
    )
    return {
        "[Content_Types].xml": "<Types/>",
        "xl/_rels/workbook.bin.rels": relations,
        "xl/workbook.bin": b"".join(workbook),
        "xl/styles.bin": b"".join(styles),
        "xl/sharedStrings.bin": b"".join(strings),
        "xl/worksheets/sheet1.bin": b"".join(sheet),
    }


XLSX = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": RELATIONS,
    "xl/workbook.xml": WORKBOOK,
    "xl/styles.xml": STYLES,
    "xl/sharedStrings.xml": STRINGS,
    "xl/worksheets/sheet1.xml": SHEET,
}
ODS = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": CONTENT}
for name, parts in (("xlsx", XLSX), ("xlsb", xlsb()), ("ods", ODS)):
    seed("workbook", name, archive(parts), (PLAIN, DRAFT))
    # Stored, so that changes reach what is inside.
    seed("workbook", name + "-stored", archive(parts, zipfile.ZIP_STORED), (PLAIN, HEADLESS, TWO_ROWS, PAD_AND_FILL, DRAFT | BY_PATH))
for path in (ROOT / "src/read/tests/data").glob("*.xls.gz"):
    seed("workbook", path.name.split(".")[0], gzip.decompress(path.read_bytes()), (PLAIN, PAD_AND_FILL, DRAFT))
seed("workbook", "reviews", (ROOT / "samples/reviews.xlsx").read_bytes(), (PLAIN, DRAFT))

SMALL = b"id,text\n1,caf\xc3\xa9\n2,b\n"
# A frame of one block, as it stands.
ZSTD = b"\x28\xb5\x2f\xfd\x20" + bytes([len(SMALL)]) + (len(SMALL) << 3 | 1).to_bytes(3, "little") + SMALL
seed("packed", "gzip", gzip.compress(SMALL, mtime=0), (PLAIN, BY_PATH, DRAFT))
seed("packed", "members", gzip.compress(SMALL[:12], mtime=0) + gzip.compress(SMALL[12:], mtime=0), (PLAIN, BY_PATH))
seed("packed", "zstd", ZSTD, (PLAIN, BY_PATH))
seed("packed", "zip", archive({"a.csv": SMALL}), (PLAIN, BY_PATH, DRAFT))
seed("packed", "stored", archive({"__MACOSX/._a": b"x", "a.csv": SMALL}, zipfile.ZIP_STORED), (PLAIN, BY_PATH))
seed("packed", "lines", gzip.compress(LINES.encode(), mtime=0), (PLAIN, DRAFT))
seed("packed", "book", gzip.compress(archive(XLSX), mtime=0), (PLAIN, BY_PATH))

mappings = OUT / "mapping"
mappings.mkdir(parents=True, exist_ok=True)
for path in (ROOT / "mappings").glob("*.toml"):
    (mappings / path.stem).write_bytes(path.read_bytes())
