#!/usr/bin/env python3
"""Writes files made to hurt into a folder: hostile.py FOLDER. About 1.3 GB of disk, half a minute."""
import gzip
import io
import os
import pathlib
import random
import shutil
import subprocess
import sys
import zipfile

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
MIB = 1 << 20
RELATIONS = (
    '<Relationships><Relationship Id="r1" Type="t/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="r2" Type="t/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
# `calamine` finds the workbook by this part.
ROOT = '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
WORKBOOK = '<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>comment</t></is></c></row>'


def fresh(name):
    """The path of a file that is still to be made; none where it is there."""
    path = OUT / name
    return None if path.exists() else path


def book(path, sheet, strings=None):
    """A workbook of which `sheet` and `strings` write their part."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("_rels/.rels", ROOT)
        out.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        out.writestr("xl/workbook.xml", WORKBOOK)
        for name, write in (("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", strings)):
            if write:
                with out.open(name, "w", force_zip64=True) as part:
                    write(part)


def repeated(begin, again, size, end):
    """Writes `again` until there are `size` bytes."""
    block = again * max(1, MIB // len(again))

    def write(part):
        part.write(begin)
        for _ in range(size // len(block)):
            part.write(block)
        part.write(end)

    return write


def small_sheet(body):
    return lambda part: part.write(f"<worksheet><sheetData>{body}</sheetData></worksheet>".encode())


if path := fresh("sparse.xlsx"):
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}" t="inlineStr"><is><t>good</t></is></c></row>'
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    book(path, small_sheet(HEADER + row.format(2) + row.format(3) + far))
if path := fresh("strings-bomb.xlsx"):
    book(path, small_sheet(HEADER), repeated(b'<sst count="1" uniqueCount="1">', b"<si><t>x</t></si>", 600 * MIB, b"</sst>"))
if path := fresh("sheet-bomb.xlsx"):
    begin = f'<worksheet><sheetData>{HEADER}<row r="2"><c r="A2" t="inlineStr"><is><t>'.encode()
    book(path, repeated(begin, b"x", 600 * MIB, b"</t></is></c></row></sheetData></worksheet>"))
if path := fresh("lying-bomb.xlsx"):
    # As strings-bomb, with a size of 1,000 bytes declared in both headers.
    data = bytearray((OUT / "strings-bomb.xlsx").read_bytes())
    with zipfile.ZipFile(OUT / "strings-bomb.xlsx") as zipped:
        size = zipped.getinfo("xl/sharedStrings.xml").file_size.to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
if path := fresh("bomb.ods"):
    begin = b'<office:document-content><table:table table:name="T"><table:table-row><table:table-cell><text:p>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        with out.open("content.xml", "w", force_zip64=True) as part:
            repeated(begin, b"x", 600 * MIB, b"</text:p>")(part)
if path := fresh("million.ods"):
    cells = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    body = f'<table:table table:name="T"><table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row></table:table>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", f"<office:document-content>{body}</office:document-content>")

LINE = b"1,good\n"
if path := fresh("bomb.csv.gz"):
    with gzip.open(path, "wb") as out:
        repeated(b"id,comment\n", b"x", 2048 * MIB, b"")(out)
if path := fresh("bomb.csv.zst"):
    packer = shutil.which("zstd")
    if packer:
        with open(path, "wb") as out:
            packing = subprocess.Popen([packer, "-qc"], stdin=subprocess.PIPE, stdout=out)
            repeated(b"id,comment\n", b"x", 2048 * MIB, b"")(packing.stdin)
            packing.stdin.close()
            packing.wait()
if path := fresh("bomb.zip"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        with out.open("a.csv", "w", force_zip64=True) as part:
            repeated(b"id,comment\n", b"x", 2048 * MIB, b"")(part)
if path := fresh("twice.csv.gz"):
    path.write_bytes(gzip.compress(gzip.compress(b"id,comment\n" + LINE * 1000)))
if path := fresh("columns.csv"):
    path.write_bytes(b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + LINE)
if path := fresh("deep.json"):
    path.write_bytes(b'[{"id": 1, "comment": "a"},{"id": 2, "comment": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]")
if path := fresh("deep.ndjson"):
    path.write_bytes(b'{"id": 1, "comment": "a"}\n{"id": 2, "comment": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}\n")
if path := fresh("wide.ndjson"):
    # Each record has names of its own.
    with open(path, "w") as out:
        for n in range(200_000):
            out.write('{"id": %d, "comment": "a", "k%d": {"a%d": 1, "b%d": [1, {"c%d": 2}]}}\n' % (n, n, n, n, n))
if path := fresh("unclosed.csv"):
    with open(path, "wb") as out:
        repeated(b'id,comment\n1,a\n2,"b\n', LINE, 500 * MIB, b"")(out)
if path := fresh("unclosed-header.csv"):
    with open(path, "wb") as out:
        repeated(b'id,"comment\n', LINE, 500 * MIB, b"")(out)
noise = random.Random(1)
if path := fresh("noise.xls"):
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + noise.randbytes(MIB))
if path := fresh("noise.xlsb"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("xl/_rels/workbook.bin.rels", RELATIONS.replace(".xml", ".bin"))
        for name in ("workbook", "styles", "sharedStrings", "worksheets/sheet1"):
            out.writestr(f"xl/{name}.bin", noise.randbytes(MIB))
if path := fresh("noise.csv"):
    path.write_bytes(noise.randbytes(MIB))
if path := fresh("noise.xlsx"):
    path.write_bytes(b"PK\x03\x04" + noise.randbytes(MIB))

ROWS, STRINGS = 300_000, 50_000
if path := fresh("long.xlsx"):
    words = [f"The delivery number {n} came late and the box was open" for n in range(STRINGS)]
    names = ["id", "comment", "score", "when", "a", "b", "c", "d", "e"]

    def sheet(part):
        part.write(b'<worksheet><dimension ref="A1:I300001"/><sheetData><row r="1">')
        for column, _ in enumerate(names):
            part.write(b'<c r="%c1" t="s"><v>%d</v></c>' % (65 + column, column))
        part.write(b"</row>")
        for row in range(2, ROWS + 2):
            text = len(names) + noise.randrange(STRINGS)
            cells = [b'<c r="A%d"><v>%d</v></c><c r="B%d" t="s"><v>%d</v></c>' % (row, row, row, text)]
            for column in b"CDEFGHI":
                cells.append(b'<c r="%c%d"><v>%d.25</v></c>' % (column, row, noise.randrange(100_000)))
            part.write(b'<row r="%d">%s</row>' % (row, b"".join(cells)))
        part.write(b"</sheetData></worksheet>")

    def strings(part):
        listed = "".join(f"<si><t>{text}</t></si>" for text in names + words)
        part.write(f'<sst count="{ROWS}" uniqueCount="{len(names) + STRINGS}">{listed}</sst>'.encode())

    book(path, sheet, strings)
if path := fresh("mapping.toml"):
    path.write_text('name = "hostile"\n[key]\ncolumns = ["id"]\nscope = "hostile"\n[response]\ndata_type = "review"\ndata_source = "csv_upload"\ncomment = { column = "comment", default = "" }\n')
