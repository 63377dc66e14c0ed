"""What `stance` must do with each hostile input: the exit code, the sentence, and which rows are labelled all the same.

Exit codes: 0 all used, 1 some could not be used and the others are written, 2 nothing could be used.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass

from make import ESCAPE, FIRST, FORMULAS, LAST, SIGNS, SMALL_LIMIT, TALKS

SMALL = {
    name: str(SMALL_LIMIT) for name in ("STANCE_MAX_ROW_BYTES", "STANCE_MAX_PAGE_BYTES", "STANCE_MAX_STATEMENT_BYTES")
}
BOTH = (FIRST, LAST)


@dataclass(frozen=True)
class Case:
    """An input in `make.FILES`, and what must come of it."""

    file: str
    what: str
    code: int
    says: str = ""  # regular expression, in the reason of the first reject; empty where all is well
    line: int | None = None  # of the first reject
    field: str = ""
    rows: tuple[str, ...] | None = None  # texts that are labelled; None: none need be, any may
    command: str = "predict"  # predict, extract, evaluate, train
    env: dict[str, str] = dataclasses.field(default_factory=dict)


def bad(file: str, what: str, says: str, line: int | None = None, field: str = "", **more: object) -> Case:
    """Nothing in it can be used."""
    return Case(file, what, 2, says, line, field, (), **more)  # type: ignore[arg-type]


def costs_a_row(
    file: str, what: str, says: str, field: str = "", line: int = 2, rows: tuple[str, ...] = BOTH, **more: object
) -> Case:
    """One row is refused and the good ones are labelled."""
    return Case(file, what, 1, says, line, field, rows, **more)  # type: ignore[arg-type]


def fine(file: str, what: str, rows: tuple[str, ...] | None = BOTH, **more: object) -> Case:
    """It looks bad and is not."""
    return Case(file, what, 0, rows=rows, **more)  # type: ignore[arg-type]


GZIP, ZIP, NUL = "not text but a gzip archive", "not text but a zip archive", "NUL bytes.*give UTF-8 text"
ABOVE = r"larger than 4,096 bytes \(STANCE_MAX_ROW_BYTES sets another limit\)"
NO_PARQUET = "not a readable Parquet file"
NEITHER = "neither 'text' .* nor 'body'"
NO_FILE = "is a pipe, a device or a socket, not a file"

CASES = (
    bad("gzip-bomb.jsonl", "gzip of one long line", GZIP),
    bad("gzip-bomb.csv", "the same named .csv", GZIP),
    bad("gzip-bomb.txt", "the same named .txt", GZIP),
    bad("gzip-bomb.html", "the same named .html", GZIP),
    bad("gzip-bomb.parquet", "the same named .parquet", NO_PARQUET),
    bad("statements.jsonl.gz", "an archive under its own name", r"cannot read files ending in '\.gz' \(allowed: \.txt"),
    bad("zip-bomb.jsonl", "zip of long files", ZIP),
    bad("zip-bomb.csv", "the same named .csv", ZIP),
    bad("zip-bomb.txt", "the same named .txt", ZIP),
    costs_a_row("parquet-bomb.parquet", "one huge text in many rows", ABOVE, "text", env=SMALL),
    costs_a_row("long-line.jsonl", "a line above the limit", ABOVE, env=SMALL),
    costs_a_row("long-last-line.jsonl", "the same, torn off", ABOVE, rows=(FIRST,), env=SMALL),
    costs_a_row("long-first-line.jsonl", "the same, first", ABOVE, line=1, env=SMALL),
    costs_a_row("long-row.csv", "a CSV row above the limit", ABOVE, line=3, env=SMALL),
    costs_a_row("long-quoted-row.csv", "the same over thousands of lines", ABOVE, line=3, env=SMALL),
    bad("long-header.csv", "a CSV header above the limit", ABOVE, 1, env=SMALL),
    bad("long.txt", "an article above the limit", ABOVE, env=SMALL),
    bad("long.html", "a page above the limit", ABOVE.replace("ROW", "PAGE"), env=SMALL),
    bad("sparse.jsonl", "a hole of NUL bytes", NUL),
    costs_a_row("sparse-after-a-row.jsonl", "the same between good rows", ABOVE, env=SMALL),
    bad("sparse.txt", "the same in an article", NUL, env=SMALL),
    costs_a_row("nul-byte.jsonl", "a NUL", "not JSON .*control character"),
    costs_a_row("nul-escaped.jsonl", r"\u0000", "NUL character", "text"),
    costs_a_row("nul.csv", "a NUL", "NUL character", "text", 3),
    bad("nul.txt", "a NUL", NUL),
    fine("bom.jsonl", "a byte-order mark"),
    fine("bom.csv", "a byte-order mark"),
    fine("bom.txt", "a byte-order mark", None),
    bad("utf16.jsonl", "UTF-16", "UTF-16 text; give UTF-8"),
    bad("utf16-without-a-mark.csv", "UTF-16 without a mark", NUL),
    bad("utf32.txt", "UTF-32", "give UTF-8 text"),
    costs_a_row("latin1.jsonl", "Latin-1", "not valid UTF-8 .*0xe9"),
    costs_a_row("latin1.csv", "Latin-1", "not valid Unicode; save the file as UTF-8", "text", 3),
    bad("latin1.txt", "Latin-1", "not valid UTF-8 .*0xe9", 2),
    costs_a_row("overlong-utf8.jsonl", "a slash in two bytes", "not valid UTF-8 .*0xc0"),
    costs_a_row("lone-surrogate.jsonl", "half of a surrogate pair", "not valid Unicode", "text"),
    costs_a_row("encoded-surrogate.jsonl", "the same as bytes", "not valid UTF-8"),
    costs_a_row("surrogate-in-the-id.jsonl", "the same in an id", "not valid Unicode", "statement_id"),
    bad("picture.txt", "a PNG named .txt", "not text but a picture"),
    bad("picture.jsonl", "a PNG named .jsonl", "not text but a picture"),
    bad("document.txt", "a PDF named .txt", "not text but a PDF"),
    costs_a_row("deep.jsonl", "100,000 brackets", "not JSON .*nested too deep"),
    costs_a_row("deep-object.jsonl", "100,000 braces", "not JSON .*nested too deep"),
    costs_a_row("deep-field.jsonl", "a field 500 deep", "whole number from 0, not a list", "start"),
    costs_a_row("huge-number.jsonl", "5,000 digits", "a number is too long"),
    costs_a_row("huge-exponent.jsonl", "1e999999999", "whole number from 0, not 'inf'", "start"),
    costs_a_row("nan.jsonl", "NaN for a text", "is empty", "text"),
    costs_a_row("infinity.jsonl", "-Infinity for a speaker", "must be text, not a number", "speaker"),
    costs_a_row("array.jsonl", "an array for a row", "must be an object, not a list"),
    costs_a_row("scalar.jsonl", "a number for a row", "must be an object, not a number"),
    costs_a_row("null.jsonl", "null for a row", "must be an object, not null"),
    bad("one-array.jsonl", "all rows in one array", "must be an object, not a list", 1),
    costs_a_row("same-key-twice.jsonl", "a key twice", "the key 'text' twice"),
    costs_a_row("same-key-twice-inside.jsonl", "a key of escapes twice, inside", "the key .* twice"),
    costs_a_row("half-a-row.jsonl", "a row torn off", "not JSON"),
    costs_a_row("single-quotes.jsonl", "Python for JSON", "not JSON .*double quotes"),
    costs_a_row("text-a-number.jsonl", "a number for text", "must be text, not a number", "text"),
    costs_a_row("text-a-list.jsonl", "a list for text", "must be text, not a list", "text"),
    costs_a_row("speaker-an-object.jsonl", "an object for text", "must be text, not an object", "speaker"),
    costs_a_row("date-a-number.jsonl", "a number for a date", "must be text, not a number", "date"),
    costs_a_row("text-blank.jsonl", "a blank text", "is empty", "text"),
    costs_a_row("text-and-body.jsonl", "statement and article in one", "has both 'text' and 'body'"),
    costs_a_row("no-columns-known.jsonl", "no known column", NEITHER),
    bad("column-named-by-an-escape.jsonl", "a column whose name clears the screen", NEITHER, 1),
    costs_a_row("offset-negative.jsonl", "a negative offset", "whole number from 0, not '-3'", "start"),
    costs_a_row("offset-huge.jsonl", "2 to the 60th", "whole number from 0, not '1152921504606846976'", "start"),
    costs_a_row("offset-half.jsonl", "half a character", "whole number from 0, not '0.5'", "start"),
    costs_a_row("offsets-reversed.jsonl", "end before start", "end - start is -3", "end"),
    costs_a_row("offsets-of-another-length.jsonl", "offsets of another text", "text has 3 characters", "end"),
    costs_a_row("offset-alone.jsonl", "end without start", "is missing", "start"),
    costs_a_row("date-february-30.jsonl", "February 30", "not an ISO 8601 date: '2031-02-30'", "date"),
    costs_a_row("date-year-0.jsonl", "year 0", "not an ISO 8601 date", "date"),
    costs_a_row("date-in-words.jsonl", "words for a date", "not an ISO 8601 date", "date"),
    costs_a_row("quotation-unknown.jsonl", "an unknown kind", "'shouted' .allowed: direct, indirect", "quotation"),
    fine("id-climbs.jsonl", "../../x for an id: an id is never a path", (FIRST, "No.", LAST)),
    fine("id-absolute.jsonl", "/etc/passwd for an id", (FIRST, "No.", LAST)),
    costs_a_row("id-nul.jsonl", "a NUL in an id", "NUL character", "article_id"),
    fine("article-id-climbs.jsonl", "an article of id ../../x", None),
    fine("article-id-climbs.jsonl", "the same, taken apart alone", None, command="extract"),
    Case("same-article-twice.csv", "an article id twice", 1, "'same' was already read .*must differ", 3, "article_id"),
    fine("same-statement-twice.jsonl", "a statement id twice is the user's affair"),
    bad("text-bytes.parquet", "bytes for text", "must be text, not bytes", 1, "text"),
    bad("text-numbers.parquet", "numbers for text", "must be text, not a number", 1, "text"),
    bad("text-structs.parquet", "structs for text", "must be text, not an object", 1, "text"),
    bad("text-null.parquet", "a column of nothing", "is empty", 1, "text"),
    costs_a_row("text-no-utf8.parquet", "a text that is no UTF-8", "cannot be read as string", "text"),
    bad("text-twice.parquet", "two columns of one name", "two columns of this name", None, "text"),
    costs_a_row("speaker-map.parquet", "a map for text", "must be text, not a list", "speaker"),
    costs_a_row("date-after-9999.parquet", "a date in the year 275760", "cannot be read as date32", "date"),
    costs_a_row("date-zone-unknown.parquet", "an unknown time zone", "cannot be read as timestamp", "date"),
    costs_a_row("date-duration.parquet", "a span of time for a date", "cannot be read as duration", "date"),
    costs_a_row("start-decimal.parquet", "a decimal offset", "whole number from 0, not Decimal", "start"),
    bad("columns-unknown.parquet", "no known column", NEITHER, 1),
    bad("columns-none.parquet", "no column", f"{NEITHER}.*columns found: none", 1),
    bad("rows-none.parquet", "no row", "no rows"),
    bad("truncated.parquet", "without its end", NO_PARQUET),
    bad("damaged.parquet", "with a damaged middle", NO_PARQUET),
    bad("foreign.parquet", "the magic and no more", NO_PARQUET),
    bad("csv-inside.parquet", "a CSV named .parquet", NO_PARQUET),
    bad("empty.jsonl", "no byte", "the file is empty"),
    bad("empty.csv", "no byte", "the file is empty"),
    bad("empty.txt", "no byte", "the file is empty"),
    bad("empty.html", "no byte", "the file is empty"),
    bad("empty.parquet", "no byte", NO_PARQUET),
    bad("blank.jsonl", "blank lines", "no rows"),
    bad("blank.txt", "blank lines", "the file is empty"),
    bad("header-only.csv", "a header alone", "no rows"),
    costs_a_row("ragged.csv", "rows of other lengths", "has 1 cells, the header 2", line=3),
    costs_a_row(
        "unclosed-quote.csv", "a quote left open", "never closed; lines 3 to 4, the last,", line=3, rows=(FIRST,)
    ),
    costs_a_row("text-after-quote.csv", "text behind a closed quote", "not CSV", line=3),
    bad("columns-twice.csv", "two columns of one name", "two columns of this name", 1, "text"),
    bad("columns-unknown.csv", "no known column", NEITHER, 2),
    bad("semicolons.csv", "semicolons for commas", "columns found: text;speaker", 2),
    bad("old-line-ends.csv", "carriage returns alone", "not CSV .*carriage return", 1),
    bad("many-columns.csv", "20,000 columns", NEITHER, 2),
    fine("formula-texts.jsonl", "texts that a spreadsheet would run", FORMULAS),
    fine("talks-to-the-model.jsonl", "text that talks to the model", TALKS),
    fine("signs.jsonl", "signs without width, right-to-left, and no characters", SIGNS),
    fine("long-word.jsonl", "a word of 300,000 letters", None),
    costs_a_row(
        "long-word.jsonl", "the same above the limit", "STANCE_MAX_STATEMENT_BYTES", "text",
        env={"STANCE_MAX_STATEMENT_BYTES": str(SMALL_LIMIT)},
    ),
    fine("long-word.txt", "the same in an article", None),
    fine("many-marks.txt", "100,000 quotation marks", None),
    fine("no-full-stop.txt", "100,000 sentences without a full stop", None, command="extract"),
    fine("stops-only.txt", "20,000 full stops", (), command="extract"),
    fine("lines-only.txt", "20,000 lines of a letter", ()),
    fine("talks-to-the-model.txt", "an article that talks to the model", None),
    fine("deep.html", "100,000 blocks deep", None),
    fine("deep-inline.html", "100,000 inline tags deep", None),
    fine("script.html", "script, style and comment", None),
    fine("entities.html", "entities of its own, of files, and of no character", None),
    bad("character-set-undefined.html", "the character set 'undefined'", "neither UTF-8 nor the 'undefined'"),
    bad("character-set-bytes.html", "the character set 'zlib'", "neither UTF-8 nor the 'zlib'"),
    fine("dates.html", "a date that is none", None),
    bad("tags-only.html", "tags alone", "no text found"),
    bad("dangling.jsonl", "a link to nothing", "no such file"),
    bad("loop.jsonl", "a link to itself", "no such file"),
    bad("pipe.jsonl", "a pipe", NO_FILE),
    bad("pipe.txt", "a pipe", NO_FILE),
    bad("pipe.parquet", "a pipe", NO_FILE),
    bad("device.jsonl", "a device without end", NO_FILE),
    bad("device.txt", "a device without end", NO_FILE),
    bad("device.parquet", "a device without end", NO_FILE),
    bad("folder.jsonl", "a folder of nothing", "holds no file with a known ending"),
    bad("empty-folder", "an empty folder", "holds no file with a known ending"),
    Case("mixed-folder", "one article, a picture, a pipe and a loop of links", 1, "not text but a picture"),
    costs_a_row("new\nline.jsonl", "a line feed in the name", "not JSON"),
    costs_a_row(f"{ESCAPE}.jsonl", "a name that clears the screen", "not JSON"),
    costs_a_row("\u202elnosj.jsonl", "a name that reads backwards", "not JSON"),
    bad(os.fsdecode(b"caf\xe9.jsonl"), "a name that is no Unicode", "name is not valid Unicode"),
    costs_a_row("upper.JSONL", "an ending in capitals", "not JSON"),
    bad("no-ending", "no ending", r"cannot read files ending in '' \(allowed"),
    bad("word.docx", "an unknown ending", r"cannot read files ending in '\.docx' \(allowed"),
    bad("formulas.jsonl", "statements to extract from", "is a statement already", command="extract"),
    bad("gzip-bomb.txt", "gzip", GZIP, command="extract"),
    bad("pipe.txt", "a pipe", NO_FILE, command="extract"),
    fine("corpus-good.jsonl", "a good corpus", None, command="evaluate"),
    bad("corpus-deep.jsonl", "100,000 brackets", "not readable as JSON", 2, command="evaluate"),
    bad("corpus-huge-number.jsonl", "5,000 digits", "not readable as JSON", 2, command="evaluate"),
    bad("corpus-latin1.jsonl", "Latin-1", "not UTF-8", 2, command="evaluate"),
    fine("corpus-id-climbs.jsonl", "../../x for an article id", None, command="evaluate"),
    fine("corpus-id-long.jsonl", "an article id of 5,000 letters", None, command="evaluate"),
    bad("corpus-id-nul.jsonl", "a NUL in an id", "NUL character", 2, "article_id", command="evaluate"),
    bad("corpus-surrogate.jsonl", "half of a surrogate pair", "not valid Unicode", 2, "text", command="evaluate"),
    bad("corpus-same-id.jsonl", "a statement id twice", "was used on line 1", 2, "statement_id", command="evaluate"),
    bad("corpus-long-line.jsonl", "a line above the limit", ABOVE, 2, command="evaluate", env=SMALL),
    bad("corpus-span-huge.jsonl", "a span of 10 to the 30th", "", 2, "conditions", command="evaluate"),
    bad("corpus-gzip.jsonl", "gzip", "not UTF-8", 1, command="evaluate"),
    bad("dangling.jsonl", "a link to nothing", "cannot be read", command="evaluate"),
    bad("pipe.jsonl", "a pipe", NO_FILE, command="evaluate"),
    bad("device.jsonl", "a device without end", NO_FILE, command="evaluate"),
    bad("train-label-unknown.csv", "an unknown label", 'no label of stance: "for"', 20, "stance", command="train"),
    bad("train-column-missing.csv", "no column of labels", "no such column", 2, "stance", command="train"),
    bad("train-nul.csv", "a NUL", "NUL character", 20, "text", command="train"),
    bad("train-latin1.csv", "Latin-1", "not valid Unicode", 2, "text", command="train"),
    bad("train-unclosed-quote.csv", "a quote left open", "never closed", 20, command="train"),
    bad("train-zip.csv", "zip", ZIP, command="train"),
    bad("train-rows-none.csv", "a header alone", "no rows", command="train"),
    bad("train-one-row.csv", "too few rows to divide", "would be empty", command="train"),
    bad("train.docx", "no table", "cannot be read as a table", command="train"),
    bad("train-pipe.csv", "a pipe", NO_FILE, command="train"),
)  # fmt: skip


@dataclass(frozen=True)
class OutputCase:
    """A place to predict two good rows into, and what must be said of it. `{}` is a folder that is made for it."""

    output: str
    what: str
    says: str
    command: str = "predict"


IN_THE_WAY = "remove"
OUTPUTS = (
    OutputCase("{}/in.jsonl", "the input itself", "is an input; name another place"),
    OutputCase("{}/link-to-in.jsonl", "a link to the input", "is an input; name another place"),
    OutputCase("{}", "the folder of the input", "holds the input"),
    OutputCase("{}/full", "a folder that holds something", "is not empty and holds no prediction"),
    OutputCase("{}/in.jsonl/out.jsonl", "below a file", "cannot be written"),
    OutputCase("{}/in.jsonl/", "a file with a slash", "is a file"),
    OutputCase("{}/" + "x" * 300 + ".jsonl", "a name of 300 letters", "too long"),
    OutputCase("{}/" + "x" * 236 + ".jsonl", "a name that has no room for the rejects'", "too long"),
    OutputCase("{}/out.xlsx", "an unknown ending", r"cannot write files ending in '\.xlsx'"),
    OutputCase("{}/out.jsonl.gz", "an archive", r"cannot write files ending in '\.gz'"),
    OutputCase("{}/out\0.jsonl", "a NUL in the name", "cannot be written"),
    OutputCase("{}/" + os.fsdecode(b"caf\xe9") + ".jsonl", "a name that is no Unicode", "not valid Unicode"),
    OutputCase("{}/pipe.jsonl", "a pipe", "is a pipe, a device or a socket"),
    OutputCase("{}/link-to-pipe.jsonl", "a link to a pipe", "is a pipe, a device or a socket"),
    OutputCase("{}/notes-elsewhere.jsonl", "its notes are a link elsewhere", IN_THE_WAY),
    OutputCase("{}/notes-theirs.jsonl", "its notes hold somebody's files", IN_THE_WAY),
    OutputCase("{}/notes-file.jsonl", "its notes are a file", IN_THE_WAY),
    OutputCase("{}/rejects-folder.jsonl", "its rejects are a folder", "is a folder; the file of rejects"),
    OutputCase("{}/link-to-pipe.jsonl", "a link to a pipe", "is a pipe, a device or a socket", "extract"),
    OutputCase("{}/out.xlsx", "an unknown ending", r"cannot write files ending in '\.xlsx'", "extract"),
    OutputCase("{}/full.jsonl", "a folder in place of a file", "is a folder", "extract"),
    OutputCase("{}/link-to-pipe.jsonl", "a link to a pipe", "is a pipe, a device or a socket", "evaluate"),
    OutputCase("{}/in.jsonl/scores.json", "below a file", "cannot be written", "evaluate"),
)
