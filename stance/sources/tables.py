"""Tables (.jsonl, .csv, .parquet): one article or statement a row, read as a stream."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Literal

from stance.errors import InputError
from stance.schema import QUOTATIONS, STATEMENT_FIELDS, Article, Statement
from stance.sources.dates import DATE_FORMS, iso_date
from stance.sources.formulas import restored
from stance.sources.furniture import mark_furniture
from stance.sources.limits import MAX_ROW, MAX_STATEMENT, above, limit
from stance.sources.problems import (
    OnError,
    Place,
    check_is_file,
    check_is_text,
    complain,
    decode_utf8,
    opened,
    unreadable,
)

Record = Mapping[str, Any]  # one row: column -> cell
ARTICLE_FIELDS = ("article_id", "title", "date", "url", "source")
OFFSETS = ("start", "end")
KNOWN_COLUMNS = (*STATEMENT_FIELDS, *ARTICLE_FIELDS, "body")
PARQUET_BATCH = 256  # rows decoded at a time,
PARQUET_BATCH_OF_LARGE = 4  # and in a group of rows above `PARQUET_LARGE` bytes, where single cells may be large
PARQUET_LARGE = 256 * 2**20
SKIPPED_AT_ONCE = 2**20  # bytes of a line above the limit that are read over at a time
_BETWEEN_QUOTES = re.compile(rb'[^",]+')
_UNDECODED = re.compile(r"[\ud800-\udfff]")


def read_table(path: Path, on_error: OnError | None = None) -> Iterator[tuple[Place, Article | Statement]]:
    """Articles (rows with `body`) or statements (rows with `text`), each with its place.

    Other columns are passed over. Raises `InputError` for a table or row that cannot be used;
    with `on_error` it is handed over and the rest goes on.
    """
    return _items(records(path, on_error), str(path), path.stem, on_error)


def items_of_jsonl(
    stream: BinaryIO, path: str, on_error: OnError | None = None
) -> Iterator[tuple[Place, Article | Statement]]:
    """As `read_table`, for JSON Lines that are already open."""
    stem = "stdin" if path == "-" else Path(path).stem
    return _items(_jsonl_records(stream, path, on_error), path, stem, on_error)


def records(
    path: Path, on_error: OnError | None = None, *, columns: Iterable[str] = KNOWN_COLUMNS
) -> Generator[tuple[int, Record], None, None]:
    """The raw rows of a table with their line (JSONL, CSV) or row number (Parquet), counted from 1.

    Of Parquet only `columns` are read, where it has them.
    Raises `InputError` for an unreadable table or row, and for a table without rows.
    """
    if path.suffix.lower() == ".parquet":
        yield from _parquet_records(path, columns, on_error)
        return
    read = _csv_records if path.suffix.lower() == ".csv" else _jsonl_records
    try:
        with opened(path) as stream:
            yield from read(stream, str(path), on_error)
    except OSError as error:
        raise unreadable(path, error) from None


def table_kind(path: Path) -> Literal["articles", "other", "unreadable"]:
    """What a table's first readable row is: an article (it has `body`) or something else."""
    try:
        with closing(records(path, on_error=lambda error: None)) as rows:
            for _, record in rows:
                return "other" if _absent(record.get("body")) else "articles"
    except InputError:
        pass
    return "unreadable"


def _items(
    rows: Iterator[tuple[int, Record]], path: str, stem: str, on_error: OnError | None
) -> Iterator[tuple[Place, Article | Statement]]:
    for line, record in rows:
        try:
            yield Place(path, line), item_of(record, path, line, f"{stem}-{line}")
        except InputError as error:
            complain(error, on_error)


def item_of(record: Record, path: str, line: int, default_id: str) -> Article | Statement:
    """One row as an article (it has `body`) or a statement (it has `text`).

    `default_id` is its id where the row names none.
    Raises `InputError` naming `path`, `line` and field.
    """
    has_text, has_body = (not _absent(record.get(name)) for name in ("text", "body"))
    if has_text and has_body:
        problem = "has both 'text' and 'body'; a statement has 'text', an article 'body'"
        raise InputError(path, line, problem=problem)
    if has_body:
        return _article(_Row(record, path, line), default_id)
    if has_text:
        return _statement(_Row(record, path, line), default_id)
    for name in ("text", "body"):
        if name in record:
            raise InputError(path, line, name, "is empty")
    columns = ", ".join(str(name)[:40] for name in list(record)[:12]) or "none"
    problem = f"has neither 'text' (a statement) nor 'body' (an article); columns found: {columns}"
    raise InputError(path, line, problem=problem)


def _article(row: _Row, default_id: str) -> Article:
    text = row.string("body")
    return Article(
        text=text,
        article_id=row.string("article_id") or default_id,
        title=row.string("title"),
        date=row.date("date"),
        url=row.string("url"),
        source=row.string("source"),
        furniture=mark_furniture(text),
    )


def _statement(row: _Row, default_id: str) -> Statement:
    strings = (name for name in STATEMENT_FIELDS if name not in (*OFFSETS, "date", "quotation"))
    values = {name: row.string(name) for name in strings}
    for name, value in values.items():
        if len(value) > limit(MAX_STATEMENT):
            raise row.error(name, f"is {above(MAX_STATEMENT)}")
    values["statement_id"] = values["statement_id"] or default_id
    values["quotation"] = row.choice("quotation", QUOTATIONS)
    start, end = (row.offset(name) for name in OFFSETS)
    if (start is None) != (end is None):
        missing = "start" if start is None else "end"
        raise row.error(missing, "is missing; give both 'start' and 'end', or neither")
    if start is not None and end is not None and end - start != len(values["text"]):
        problem = f"end - start is {end - start}, but the text has {len(values['text'])} characters"
        raise row.error("end", problem)
    return Statement(**values, start=start, end=end, date=row.date("date"))


class _Row:
    """A row's cells, checked one by one; errors say which."""

    def __init__(self, record: Record, path: str, line: int) -> None:
        self.record, self.path, self.line = record, path, line

    def error(self, field: str, problem: str, allowed: tuple[str, ...] = ()) -> InputError:
        return InputError(self.path, self.line, field, problem, allowed)

    def string(self, field: str) -> str:
        value = self.record.get(field)
        if value is None or _is_nan(value):
            return ""
        if not isinstance(value, str):
            raise self.error(field, f"must be text, not {_kind(value)}")
        if fault := text_fault(value):
            raise self.error(field, fault)
        return value

    def choice(self, field: str, allowed: tuple[str, ...]) -> str:
        value = self.string(field)
        if value and value not in allowed:
            raise self.error(field, f"unknown value {value[:40]!r}", allowed)
        return value

    def date(self, field: str) -> str:
        value = self.record.get(field)
        text = value.isoformat() if isinstance(value, date) else self.string(field)
        found = iso_date(text)
        if found is None:
            raise self.error(field, f"not an ISO 8601 date: {text[:40]!r}", DATE_FORMS)
        return found

    def offset(self, field: str) -> int | None:
        value = self.record.get(field)
        if _absent(value):
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
            return int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            shown = repr(str(value)[:40]) if isinstance(value, (str, bool, int, float)) else _kind(value)
            raise self.error(field, f"must be a whole number from 0, not {shown}")
        return value


def text_fault(text: str) -> str:
    """Why a text cannot be used, whatever it says; empty where it can."""
    if "\0" in text:
        return "holds a NUL character; give plain text"
    return "is not valid Unicode; save the file as UTF-8" if _UNDECODED.search(text) else ""


def _absent(value: object) -> bool:
    """Whether a cell says nothing: no cell, None, NaN or blank."""
    return value is None or _is_nan(value) or (isinstance(value, str) and not value.strip())


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _lines(stream: BinaryIO, path: str) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines with their ends, None for one above the limit; the byte-order mark is dropped."""
    number, most = 0, limit(MAX_ROW)
    while line := stream.readline(most + 1):
        number += 1
        if number == 1:
            check_is_text(path, line[:8192])
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) <= most:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(SKIPPED_AT_ONCE)
        yield number, None
    if number == 0:
        raise InputError(path, problem="the file is empty" if path != "-" else "nothing on standard input")


def _jsonl_records(stream: BinaryIO, path: str, on_error: OnError | None) -> Iterator[tuple[int, Record]]:
    found = False
    for number, line in _lines(stream, path):
        if line is None:
            complain(InputError(path, number, problem=f"the row is {above(MAX_ROW)}"), on_error)
            found = True
            continue
        if not line.strip():
            continue
        found = True
        try:
            record = _parsed(decode_utf8(line, path, number), path, number)
        except InputError as error:
            complain(error, on_error)
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            complain(InputError(path, number, problem=f"must be an object, not {_kind(record)}"), on_error)
    if not found:
        raise InputError(path, problem="no rows")


def _parsed(line: str, path: str, number: int) -> object:
    try:
        return json.loads(line, object_pairs_hook=_object)
    except _RepeatedKeyError as error:
        raise InputError(path, number, problem=f"has the key {str(error)[:40]!r} twice; which one counts?") from None
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, column {error.colno}"
    except RecursionError:
        reason = "nested too deep"
    except ValueError:
        reason = "a number is too long"
    raise InputError(path, number, problem=f"not JSON ({reason}); give one object a line")


class _RepeatedKeyError(Exception):
    """A JSON object has a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found


def _csv_records(stream: BinaryIO, path: str, on_error: OnError | None) -> Iterator[tuple[int, Record]]:
    csv.field_size_limit(2 * limit(MAX_ROW))  # never met: a row ends there
    held = 0  # bytes of the row that is being read, which may go over many lines

    def texts() -> Iterator[str]:
        nonlocal held
        for _, line in _lines(stream, path):
            held += limit(MAX_ROW) + 1 if line is None else len(line)
            if line is None:
                yield "\n"
            elif held > limit(MAX_ROW):  # refused: all that matters is where it ends
                yield _BETWEEN_QUOTES.sub(b"", line).decode() + "\n" if b'"' in line else ""
            else:  # undecodable bytes pass as lone surrogates, so that only the row that holds them is refused
                yield line.decode("utf-8", "surrogateescape")

    reader = csv.reader(texts(), strict=True)
    header: list[str] | None = None
    found = False
    while True:
        line = reader.line_num + 1
        held = 0
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            fault = InputError(path, line, problem=_csv_fault(str(error), line, reader.line_num))
            if header is None:
                raise fault from None
            complain(fault, on_error)
            continue
        if held > limit(MAX_ROW):
            fault = InputError(path, line, problem=f"the row is {above(MAX_ROW)}")
            if header is None:
                raise fault
            complain(fault, on_error)
            found = True
            continue
        if not cells:
            continue
        if header is None:
            header = _header(cells, path, line)
            continue
        found = True
        if len(cells) != len(header):
            problem = f"has {len(cells)} cells, the header {len(header)}; quote cells that hold commas"
            complain(InputError(path, line, problem=problem), on_error)
            continue
        yield line, dict(zip(header, map(restored, cells), strict=True))
    if not found:
        raise InputError(path, problem="no rows")


def _csv_fault(said: str, first: int, last: int) -> str:
    """What is wrong with the row in these lines, by what the reader says of it."""
    if said == "unexpected end of data":
        return f"not CSV (a quotation mark is never closed; lines {first} to {last}, the last, are not read)"
    if said.startswith("new-line character"):
        return "not CSV (a carriage return alone; end lines with a line feed)"
    return f"not CSV ({said})"


def _header(cells: list[str], path: str, line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    _check_distinct(names, path, line)
    return names


def _check_distinct(names: Sequence[str], path: str, line: int | None) -> None:
    for name, times in Counter(names).items():
        if name and times > 1:
            raise InputError(path, line, name[:80], "two columns of this name")


def parquet_rows(path: Path) -> int:
    """How many rows a Parquet file says it has; raises `InputError` where it is none."""
    import pyarrow
    from pyarrow import parquet

    try:
        check_is_file(path)
        return int(parquet.read_metadata(path).num_rows)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise InputError(path, problem=f"not a readable Parquet file ({error})") from None


def _parquet_records(path: Path, wanted: Iterable[str], on_error: OnError | None) -> Iterator[tuple[int, Record]]:
    """Rows, one by one; texts stay encoded until then, so that one long text in many rows is held once."""
    import pyarrow
    from pyarrow import parquet

    row = 0
    try:
        check_is_file(path)
        with parquet.ParquetFile(path) as table:
            schema = table.schema_arrow
            columns = [name for name in schema.names if name in set(wanted)]
            _check_distinct(columns, str(path), None)
            if not columns:
                yield 1, dict.fromkeys(schema.names)  # for the message about what a row must have
                return
            large = any(
                table.metadata.row_group(number).total_byte_size > PARQUET_LARGE
                for number in range(table.metadata.num_row_groups)
            )
            texts = [name for name in columns if pyarrow.types.is_string(schema.field(name).type)]
        with parquet.ParquetFile(path, read_dictionary=texts) as table:
            for batch in table.iter_batches(PARQUET_BATCH_OF_LARGE if large else PARQUET_BATCH, columns=columns):
                for cells in zip(*batch.columns, strict=True):
                    row += 1
                    try:
                        record = {
                            name: _cell(cell, name, path, row)
                            for name, cell in zip(batch.schema.names, cells, strict=True)
                        }
                    except InputError as error:
                        complain(error, on_error)
                    else:
                        yield row, record
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(path, row or None, problem=f"not a readable Parquet file ({reason})") from None
    if row == 0:
        raise InputError(path, problem="no rows")


def _cell(cell: Any, name: str, path: Path, row: int) -> Any:
    """A Parquet cell as a Python object; raises `InputError` for one that is none, or above the limit."""
    try:
        value = cell.as_py()
    except (ArithmeticError, LookupError, ValueError) as error:  # dates after 9999, unknown time zones, broken UTF-8
        kind = getattr(cell.type, "value_type", cell.type)  # that of what was kept encoded
        raise InputError(path, row, name, f"cannot be read as {kind} ({str(error)[:80]})") from None
    if isinstance(value, str) and len(value) > limit(MAX_ROW):
        raise InputError(path, row, name, f"is {above(MAX_ROW)}")
    return value
