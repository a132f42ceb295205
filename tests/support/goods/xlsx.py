"""Workbooks packed by hand."""

import io
import zipfile

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


PARTS = {
    "_rels/.rels": f'<r:Relationships xmlns:r="p"><r:Relationship Id="a" '
    f'Type="{REL}/officeDocument" Target="/xl/workbook.xml"/></r:Relationships>',
    "xl/workbook.xml": f'<x:workbook xmlns:x="m" xmlns:r="{REL}"><x:sheets>'
    '<x:sheet name="一" sheetId="1" r:id="b"/></x:sheets></x:workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="p"><Relationship Id="b" '
    f'Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


SHEET = "xl/worksheets/sheet1.xml"


TOP = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>品名</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>数量(公斤)</t></is></c></row>'
)


def packed(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
