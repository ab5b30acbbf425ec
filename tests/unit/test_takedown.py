"""What is taken down leaves no trace in the next release, and does not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.errors import SourceError
from kg.search import SearchIndex
from kg.takedown import Answer, Reason, read_takedowns
from tests.material import build_release, claim, dataset_of, everything_in, source, trig, write_data

if TYPE_CHECKING:
    from pathlib import Path

    from kg.publication import PublishedRelease

ID = "https://w3id.org/habeas/id/"
HEAD = "iri,date,reason,answer\n"
ROLE = "hab:hasPublicRole <https://w3id.org/habeas/vocab/public-role/journalist>"
OPAQUE = "k7f3m2qa"
# Of invented people: one with a public role, one without, an organisation that speaks, and a group that they are of.
PEOPLE = trig(
    source("article")
    + claim("persns22", "article")
    + claim("members2", "article")
    + claim("renates2", "article", more=" ; prov:wasRevisionOf claim:members2")
    + "claim:speaker2 a hab:Claim ; hab:reportedIn source:article ; prov:wasAttributedTo organisation:watch ; "
    "hab:sensitivity sensitivity:public .\n",
    {
        "persns22": f'person:tern a hab:Person ; rdfs:label "Tern"@en ; {ROLE} . '
        f'person:{OPAQUE} a hab:Person ; rdfs:label "Sandpiper"@en .',
        "members2": f"group:freed a hab:PersonGroup ; hab:hasMember person:tern , person:{OPAQUE} .",
        "renates2": f"group:freed hab:hasMember person:{OPAQUE} .",
        "speaker2": 'organisation:watch a hab:Organisation ; rdfs:label "The Watch"@en . group:freed hab:size 5 .',
    },
)
MERGE = """\
#mapping_set_id: https://example.org/links
#curie_map:
#  person: https://w3id.org/habeas/id/person/
#  organisation: https://w3id.org/habeas/id/organisation/
#  dcterms: http://purl.org/dc/terms/
subject_id\tpredicate_id\tobject_id\tmapping_justification\treviewer_id\treview_date\tconfidence
person:old\tdcterms:isReplacedBy\tperson:tern\tsemapv:ManualMappingCuration\torganisation:editors\t2031-05-01\t0.9
"""
_PREFIXES = "#  wd: http://www.wikidata.org/entity/\n#  skos: http://www.w3.org/2004/02/skos/core#\n"
LINKS = MERGE.replace("#  dcterms", f"{_PREFIXES}#  dcterms") + "".join(
    f"{ours}\tskos:exactMatch\twd:{theirs}\tsemapv:ManualMappingCuration\torganisation:editors\t2031-05-01\t0.9\n"
    for ours, theirs in (("person:tern", "Q77001"), ("organisation:watch", "Q77002"))
)
OLD = trig(
    source("older") + claim("pastname", "older"),
    {"pastname": f'person:old a hab:Person ; rdfs:label "Tern, formerly"@en ; {ROLE} .'},
)


def built(tmp_path: Path, takedowns: str = "", **more: str) -> PublishedRelease:
    """A release of these people without what is on a list."""
    files: dict[str, str | bytes] = {"sources/people.trig": PEOPLE, "takedowns.csv": HEAD + takedowns, **more}
    outcome = build_release(write_data(tmp_path / "data", files), tmp_path / "releases")
    assert outcome.quarantine_report == ""
    return outcome.release


def line(name: str, answer: str = "unknown") -> str:
    return f"{ID}{name},2031-06-01,request,{answer}\n"


def test_nothing_is_taken_down_by_an_empty_list(tmp_path: Path) -> None:
    release = built(tmp_path)

    assert release.manifest()["removed"] == {}
    for name in (OPAQUE, "Sandpiper", "Tern", "The Watch"):
        assert name in dataset_of(release)


def test_a_person_without_a_public_role_leaves_no_trace_and_is_not_told_of(tmp_path: Path) -> None:
    release = built(tmp_path, line(f"person/{OPAQUE}"))

    public = everything_in(release)
    for trace in (OPAQUE, "Sandpiper", "claim/renates2"):  # the claim said nothing else
        assert trace not in public
    assert "person/tern" in dataset_of(release)
    assert release.manifest()["removed"] == {}


def test_of_a_person_with_a_public_role_nothing_but_the_removal_is_told(tmp_path: Path) -> None:
    release = built(tmp_path, line("person/tern", "gone"))

    assert "person/tern" not in dataset_of(release)
    assert '"Tern"' not in everything_in(release)
    assert release.manifest()["removed"] == {f"{ID}person/tern": "2031-06-01"}


def test_what_the_data_know_no_public_role_of_is_not_told_of_whatever_the_list_says(tmp_path: Path) -> None:
    """A release shape would refuse such a person; the list must not depend on that."""
    private = PEOPLE.replace(f" ; {ROLE}", "")

    release = built(tmp_path, line("person/tern", "gone"), **{"sources/people.trig": private})

    assert release.manifest()["removed"] == {}
    assert "person/tern" not in everything_in(release)


@pytest.mark.parametrize("level", ["restricted", None])
def test_what_is_not_in_the_data_any_more_or_was_never_public_is_not_told_of(tmp_path: Path, level: str | None) -> None:
    """With its source deleted, or where only a restricted claim spoke of it, nothing says that all may know of it."""
    hidden = f'person:heron a hab:Person ; rdfs:label "Heron"@en ; {ROLE} . organisation:nest a hab:Organisation .'
    file = trig(source("second") + claim("hernhern", "second", level=level), {"hernhern": hidden})

    listed = line("person/heron", "gone") + line("organisation/nest", "gone")
    release = built(tmp_path, listed, **({"sources/h.trig": file} if level else {}))

    assert release.manifest()["removed"] == {}
    assert "heron" not in everything_in(release)


def test_claims_fall_with_who_makes_them_and_with_their_source(tmp_path: Path) -> None:
    without_speaker = dataset_of(built(tmp_path / "1", line("organisation/watch", "gone")))
    without_source = dataset_of(
        built(tmp_path / "2", "https://w3id.org/habeas/source/article,2031-06-01,law,unknown\n")
    )

    assert "speaker2" not in without_speaker
    assert "persns22" in without_speaker
    for name in ("persns22", "members2", "speaker2", "source/article"):
        assert name not in without_source
    assert "gazette2" in without_source


def test_a_claim_can_be_taken_down_and_what_is_said_of_it_goes_with_it(tmp_path: Path) -> None:
    public = dataset_of(built(tmp_path, "https://w3id.org/habeas/claim/members2,2031-06-01,error,unknown\n"))

    assert "members2" not in public
    assert "renates2" in public
    assert "wasRevisionOf> <" not in public


def test_a_thing_goes_under_every_name_that_it_was_judged_to_have(tmp_path: Path) -> None:
    """Or the merge would be lost with its survivor, and the next build would show the person under the old name."""
    more = {"sources/old.trig": OLD, "links/x.sssom.tsv": MERGE}
    for number, name in enumerate(("person/old", "person/tern")):
        public = everything_in(built(tmp_path / str(number), line(name), **more))
        for trace in ("person/old", "person/tern", "Tern"):
            assert trace not in public


def told_of(release: PublishedRelease) -> set[str]:
    """What is beside the dataset, by what tells of the person under one of the names, or of a link of that person."""
    places = ("links", "sitemap", "void.ttl", "dcat.ttl", "search")
    files = [p for place in places for p in (release.path / place, *(release.path / place).rglob("*")) if p.is_file()]
    assert {file.relative_to(release.path).parts[0] for file in files} == set(places)
    assert not [file for file in files if file.suffix in {".gz", ".zst"}], "they would have to be unpacked"
    traces = (b"person/tern", b"person:tern", b"person/old", b"Tern", b"Q77001")
    index = SearchIndex.open(release.path / "search")
    answers = {
        "find": [index.find(f"{ID}person/{key}") for key in ("tern", "old") if index.find(f"{ID}person/{key}")],
        "match": index.match("Tern"),
        "complete": index.complete("Ter"),
        "search": index.search("tern").hits,
        "all": index.search("", limit=100).hits,
    }
    found = {str(file.relative_to(release.path)) for file in files if any(t in file.read_bytes() for t in traces)}
    # Others may be like what was asked for.
    return found | {name for name, hits in answers.items() if any(t.decode() in repr(hits) for t in traces)}


@pytest.mark.parametrize("name", ["person/tern", "person/old"])
def test_it_goes_from_links_sitemap_descriptions_and_search_too(tmp_path: Path, name: str) -> None:
    old = OLD.replace('rdfs:label "Tern', '<http://www.w3.org/2004/02/skos/core#altLabel> "Tern')
    more = {"sources/old.trig": old, "links/x.sssom.tsv": LINKS}
    before = told_of(built(tmp_path / "1", **more))
    assert before >= {"links/wikidata.nt", "links/wikidata.sssom.tsv", "links/wikidata.csv", "sitemap/1.txt"}
    assert before >= {"search/entries.jsonl", "find", "match", "complete", "search", "all"}

    release = built(tmp_path / "2", line(name), **more)

    assert told_of(release) == set()
    assert "Q77002" in (release.path / "links" / "wikidata.nt").read_text(), "the link of another stays"
    assert SearchIndex.open(release.path / "search").match("The Watch")


def test_a_new_source_does_not_bring_it_back(tmp_path: Path) -> None:
    again = trig(
        source("later") + claim("aga2naga", "later"),
        {"aga2naga": f'person:{OPAQUE} rdfs:label "Sandpiper, again"@en . group:freed hab:size 6 .'},
    )

    public = everything_in(built(tmp_path, line(f"person/{OPAQUE}"), **{"sources/later.trig": again}))

    assert OPAQUE not in public
    assert "Sandpiper" not in public
    assert "claim/aga2naga" in public


# Invented, as all names here: an event whose IRI and label hold a person's name, a note of another claim in which it is
# declined, the same words the other way round, and a place that only begins like a name of one word.
NAMED = trig(
    source("story")
    + claim("arrests2", "story")
    + claim("anddate2", "story", more=' ; <http://www.w3.org/2004/02/skos/core#note> "They told of Mina Herona."@en')
    + claim("turned22", "story")
    + claim("annther2", "story"),
    {
        "arrests2": 'person:mina-heron a hab:Person ; rdfs:label "Mina Heron"@en . event:arrest-2031-05-01-mina-heron '
        'a hab:Arrest ; rdfs:label "An arrest"@en .',
        "anddate2": 'organisation:watch a hab:Organisation ; rdfs:label "The Watch"@en .',
        "turned22": 'group:crew a hab:PersonGroup ; rdfs:label "HERON, Mina, and others"@en .',
        "annther2": f'<{ID}place/heronville> a hab:Place ; rdfs:label "Heronville of Mina"@en .',
    },
)
NAMING = ("id/event/arrest-2031-05-01-mina-heron", "claim/anddate2", "claim/turned22")


def test_a_build_stops_where_the_name_of_who_is_taken_down_still_stands(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        built(tmp_path, line("person/mina-heron"), **{"sources/story.trig": NAMED})

    told = str(caught.value)
    assert all(f"https://w3id.org/habeas/{name}" in told for name in NAMING)
    assert "heronville" not in told
    assert "annther2" not in told
    assert caught.value.where == "takedowns.csv"
    assert not (tmp_path / "releases" / "current").exists()


def test_what_is_listed_too_goes_and_what_means_another_stays(tmp_path: Path) -> None:
    event, note, turned = (f"https://w3id.org/habeas/{name},2031-06-01," for name in NAMING)
    listed = f"{line('person/mina-heron')}{event}request,unknown\n{note}safety,unknown\n{turned}namesake,kept\n"

    public = everything_in(built(tmp_path, listed, **{"sources/story.trig": NAMED}))

    assert "mina-heron" not in public
    assert "Herona" not in public
    assert "HERON, Mina, and others" in public


def test_every_quad_read_is_still_accounted_for(tmp_path: Path) -> None:
    before, after = built(tmp_path / "1"), built(tmp_path / "2", line(f"person/{OPAQUE}"))

    def quads(release: PublishedRelease, part: str) -> int:
        return sum(one["quads"][part] for one in release.manifest()["sources"])

    assert quads(before, "read") == quads(after, "read") == quads(after, "public") + quads(after, "withheld")
    assert quads(after, "withheld") > quads(before, "withheld")


def test_the_list_is_read_as_it_stands() -> None:
    (read,) = read_takedowns((HEAD + line("organisation/watch", "gone")).encode(), where="takedowns.csv")

    assert (read.iri, read.day.isoformat()) == (f"{ID}organisation/watch", "2031-06-01")
    assert (read.reason, read.answer) == (Reason.REQUEST, Answer.GONE)


@pytest.mark.parametrize(
    "wrong",
    [
        line(f"person/{OPAQUE}", "gone"),
        line("event/arrest-of-somebody", "gone"),
        line("group/freed", "gone"),
        "https://w3id.org/habeas/claim/persns22,2031-06-01,error,gone\n",
        "https://example.com/somebody,2031-06-01,request,unknown\n",
        f"{ID}person/tern,soon,request,unknown\n",
        f"{ID}person/tern,2031-06-01,because,unknown\n",
        f"{ID}person/tern,2031-06-01,request\n",
        f"{ID}person/tern,2031-06-01,request,\n",
        f"{ID}person/tern,2031-06-01,namesake,unknown\n",
        f"{ID}person/tern,2031-06-01,request,kept\n",
        line("person/tern") + line("person/tern", "gone"),
        "\n",
    ],
)
def test_a_line_that_does_not_hold_stops_the_build_and_is_not_repeated(tmp_path: Path, wrong: str) -> None:
    """A list that is taken in part would show what it was to hide."""
    with pytest.raises(SourceError) as caught:
        built(tmp_path, wrong)

    assert caught.value.where.startswith("takedowns.csv:")
    assert wrong.split(",", maxsplit=1)[0].strip() not in str(caught.value) or not wrong.strip()
    assert not (tmp_path / "releases" / "current").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"iri;date;reason;answer\n", b'iri,date,reason,answer\n"'])
def test_what_is_no_such_list_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        read_takedowns(content, where="takedowns.csv")
