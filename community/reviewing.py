"""What waits for review, whatever its app: kinds of things that people wrote or sent.

An app registers each kind from its AppConfig.ready(); the queue, the desk, the page of one thing and
appeals all ask here. A kind names its table, what of it waits for somebody, what a page says of a row,
who may decide, and the verbs that publish, hide, cover and lift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, F, Model, Q, QuerySet, Value, prefetch_related_objects

from community.models import Appointment, Area, Guardianship, Hiding, Resident, User
from community.queries import today
from community.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import Promise

NAMES_MOST = 300
COUNTED = 100


@dataclass(frozen=True)
class Picture:
    """A photo: its address and size, and whether it is kept from the public whatever becomes of the words."""

    url: str
    width: int
    height: int
    is_hidden: bool = False


@dataclass(frozen=True)
class About:
    """What a page says of one thing: heading, words, whose they are, where, and the page they stand on.

    `parts` are the words once more with what each part is called, where there are several. `picture` is the
    thing itself, which can be covered; photos beside words come from the kind. `beside` are others whose names must not stand in the words: who raised what somebody else writes about.
    """

    title: str
    text: str
    author: User
    area: Area
    url: str
    is_public: bool
    represented: Resident | None = None
    picture: Picture | None = None
    beside: tuple[User, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> list[tuple[str, str]]:
        """Return all that was written, each part with what it is called; '' where there is but one."""
        return list(self.parts) or [("", self.text)] if self.parts or self.text else []

    @property
    def all_words(self) -> str:
        """Return them as one text."""
        return "\n".join(text for _label, text in self.words)


@dataclass(frozen=True)
class Kind:
    """One kind of thing that is reviewed.

    `waiting` returns the rows that wait for a person, annotated with `waits_since`; None where a kind
    never waits by itself. `load` returns rows with all that `about` needs. `matches` tells kinds of one
    table apart. `page` is where one is reviewed. Verbs take the row, `by` and `at`; `hide` also `reason`
    and `note`, `cover` also `boxes`. `pictures` returns the photos that came with the words of rows, by the
    rows' ids, in one query for them all. `lift` undoes a hiding for an appeal, whose decider it does not ask again;
    `lock` locks what those verbs lock first.
    """

    key: str
    label: str | Promise
    model: type[Model]
    load: Callable[[Iterable[int]], QuerySet[Any]]
    about: Callable[[Any], About]
    page: Callable[[Any], str]
    may_review: Callable[[User, Any], bool]
    waiting: Callable[[User], QuerySet[Any]] | None = None
    matches: Callable[[Any], bool] = lambda row: True
    publish: Callable[..., Any] | None = None
    hide: Callable[..., Any] | None = None
    cover: Callable[..., Any] | None = None
    lift: Callable[..., Any] | None = None
    lock: Callable[[Any], Any] | None = None
    pictures: Callable[[Sequence[Any]], dict[int, list[Picture]]] | None = None


@dataclass(frozen=True)
class Row:
    """One line of the queue."""

    kind: Kind
    pk: int
    since: datetime
    subject: Any
    about: About
    url: str
    pictures: Sequence[Picture] = ()


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind; the same key again replaces it."""
    _kinds[kind.key] = kind


def kinds() -> list[Kind]:
    """Return every kind."""
    return list(_kinds.values())


def kind_called(key: str) -> Kind | None:
    """Return a kind by its key."""
    return _kinds.get(key)


def kind_of(subject: Model) -> Kind:
    """Return the kind of a record; KeyError where none is registered for it."""
    for kind in _kinds.values():
        if isinstance(subject, kind.model) and kind.matches(subject):
            return kind
    raise KeyError(type(subject).__name__)


def subject_of(hiding: Hiding) -> Any:
    """Return what is hidden, with all that its kind says of it; None where it is gone."""
    bare = hiding.subject
    return bare if bare is None else kind_of(bare).load([bare.pk]).first()


def subjects_of(hidings: Sequence[Hiding]) -> dict[int, tuple[Kind, Any]]:
    """Return the kind and the record of each of several hidings, by the hiding's id: two queries for each kind."""
    prefetch_related_objects(hidings, "subject")
    bare = [(hiding, hiding.subject) for hiding in hidings if hiding.subject is not None]
    ids: dict[str, list[int]] = {}
    for _hiding, subject in bare:
        ids.setdefault(kind_of(subject).key, []).append(subject.pk)
    loaded = {(key, row.pk): row for key, wanted in ids.items() for row in _kinds[key].load(wanted)}
    keys = [(hiding.pk, kind_of(subject).key, subject.pk) for hiding, subject in bare]
    return {pk: (_kinds[key], loaded[key, row]) for pk, key, row in keys if (key, row) in loaded}


def pictures_of(kind: Kind, subject: Any, about: About) -> list[Picture]:
    """Return every photo of one thing: itself, or those that came with its words."""
    if about.picture is not None:
        return [about.picture]
    return kind.pictures([subject]).get(subject.pk, []) if kind.pictures is not None else []


Cursor = tuple[datetime, str, int]


def cursor_text(row: Row) -> str:
    """Return where the queue goes on after a row."""
    return f"{row.since.astimezone(UTC):%Y%m%dT%H%M%S%f}-{row.pk}-{row.kind.key}"


def read_cursor(text: str) -> Cursor | None:
    """Return a cursor as values, or None for one that can't be read."""
    moment, _dash, rest = text.partition("-")
    pk, _dash, key = rest.partition("-")
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), key[:40], int(pk[:18])
    except ValueError:
        return None


def after(kind: Kind, cursor: Cursor | None) -> Q:
    """Return the condition for rows of a kind behind the cursor: by moment, then kind, then id."""
    if cursor is None:
        return Q()
    moment, key, pk = cursor
    same = Q(waits_since=moment)
    if kind.key == key:
        return Q(waits_since__gt=moment) | (same & Q(pk__gt=pk))
    return Q(waits_since__gt=moment) | (same if kind.key > key else Q(pk__in=[]))


def waiting_rows(user: User, *, most: int, key: str = "", cursor: Cursor | None = None) -> list[Row]:
    """Return what waits for a person, oldest first: one query for the order, one for each kind on the page."""
    chosen = [kind for kind in _kinds.values() if kind.waiting is not None and key in ("", kind.key)]
    parts = [ordered_part(kind, user, cursor) for kind in chosen]
    if not parts:
        return []
    whole = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    listed = list(whole.order_by("waits_since", "kind_key", "id")[:most])
    found: dict[tuple[str, int], Any] = {}
    for kind in chosen:
        ids = [row["id"] for row in listed if row["kind_key"] == kind.key]
        found |= {(kind.key, subject.pk): subject for subject in kind.load(ids)} if ids else {}
    return [
        row_of(_kinds[line["kind_key"]], found[line["kind_key"], line["id"]], line["waits_since"])
        for line in listed
        if (line["kind_key"], line["id"]) in found
    ]


def with_pictures(rows: Sequence[Row]) -> list[Row]:
    """Return lines of the queue with the photos of each: one query for each kind that has photos."""
    subjects: dict[str, list[Any]] = {}
    for row in rows:
        subjects.setdefault(row.kind.key, []).append(row.subject)
    found = {
        key: pictures(of_kind) for key, of_kind in subjects.items() if (pictures := _kinds[key].pictures) is not None
    }
    return [replace(row, pictures=found.get(row.kind.key, {}).get(row.pk, [])) for row in rows]


def waiting_of(user: User, chosen: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """Return those of `chosen`, each a kind's key and an id, that wait for a person: two queries for each kind."""
    found: dict[tuple[str, int], Any] = {}
    for kind in kinds():
        ids = [pk for key, pk in chosen if key == kind.key]
        if ids and kind.waiting is not None:
            waiting = list(kind.waiting(user).filter(pk__in=ids).order_by().values_list("pk", flat=True))
            found |= {(kind.key, subject.pk): subject for subject in kind.load(waiting)}
    return found


def ordered_part(kind: Kind, user: User, cursor: Cursor | None) -> QuerySet[Any]:
    """Return one kind's share of the queue: id, since when, and which kind."""
    assert kind.waiting is not None
    rows = kind.waiting(user).filter(after(kind, cursor)).order_by()
    return rows.annotate(kind_key=Value(kind.key, output_field=CharField())).values("id", "waits_since", "kind_key")


def row_of(kind: Kind, subject: Any, since: datetime) -> Row:
    """Return a line of the queue."""
    return Row(kind, subject.pk, since, subject, kind.about(subject), kind.page(subject))


def waiting_counts(user: User) -> list[tuple[Kind, int]]:
    """Return how many of each kind wait for a person, counted up to a hundred."""
    counted = [(kind, kind.waiting(user).order_by()[:COUNTED].count()) for kind in kinds() if kind.waiting is not None]
    return [(kind, count) for kind, count in counted if count]


def known_names(about: About) -> list[str]:
    """Return the names that must not stay in the words of one thing."""
    return names_around([about.author, *about.beside], about.represented)


def names_around(authors: Sequence[User], represented: Resident | None) -> list[str]:
    """Return the names that must not stay in words that `authors` wrote or that are about what they raised.

    Theirs and that of the person they speak for, those of their households, guardians and wards.
    Never those of all residents: that would decrypt hundreds of thousands of names and mark every second
    word. Two queries, and no more than NAMES_MOST names.
    """
    people = Q(user__in=[one.pk for one in authors])
    if represented is not None:
        people |= Q(pk=represented.pk)
    own = list(Resident.objects.filter(people).select_related("user"))
    ids = [one.pk for one in own]
    homes = {one.household_id for one in own if one.household_id is not None}
    pairs = Guardianship.objects.filter(Q(minor__in=ids) | Q(guardian__in=ids), ended_at=None)
    near = Q(household__in=homes) | Q(pk__in=pairs.values("minor")) | Q(pk__in=pairs.values("guardian"))
    family = Resident.objects.kept().filter(near).exclude(pk__in=ids).select_related("user")[:NAMES_MOST]
    names = [*(one.name for one in authors), *(one.known_name for one in [*own, *family])]
    return list(dict.fromkeys(name for name in names if name))


def staff_names(area: Area) -> list[str]:
    """Return the names of those who serve a place: shown to the reviewer, but no reason to refuse the words."""
    served = (Role.COMMUNITY_WORKER, Role.TOWN_OFFICER, Role.STEWARD)
    held = Appointment.objects.in_force(today()).filter(role__in=served, area__path__in=area.parent_paths())
    holders = User.objects.filter(pk__in=held.values("user")).only("name").order_by("pk")
    return [person.name for person in holders[:NAMES_MOST]]


def oldest_first(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Annotate rows with the moment since when they wait."""
    return rows.annotate(waits_since=F(field))
