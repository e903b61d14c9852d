"""The built-in templates: complete, within the bounds of the format, and of honest origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from vault.core.optional import is_template_name
from vault.core.rootrecords import NotebookKind, Template
from vault.writing import templates
from vault.writing.templates import BuiltIn, built_in_templates

FILES = sorted(Path(templates.__file__).parent.glob("*.json"))
TEMPLATES = {template.name: template for template in built_in_templates()}


def test_each_file_is_the_template_of_its_name() -> None:
    assert [path.stem for path in FILES] == list(TEMPLATES)
    assert list(TEMPLATES) == ["blank", "expressive-writing", "gratitude", "morning-page", "unsent-letter"]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_a_template_could_be_a_record(template: BuiltIn) -> None:
    record = Template(
        title=template.title,
        phases=template.phases,
        created_at=0,
        updated_at=0,
        zone="UTC",
        about=template.about,
        tags=template.tags,
    )
    assert Template.parse(record.payload()) == record
    assert is_template_name(template.name)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_texts_stand_as_they_are_shown(template: BuiltIn) -> None:
    texts = [template.title, template.about, template.source, template.care]
    texts += [text for phase in template.phases for text in (phase.title, phase.prompt)]
    assert all(text == text.strip() for text in texts)
    assert template.about


def test_expressive_writing_is_four_days_with_source_and_care() -> None:
    template = TEMPLATES["expressive-writing"]
    assert template.kind is NotebookKind.EVENT
    assert [phase.minutes for phase in template.phases] == [20] * 4
    assert len({phase.prompt for phase in template.phases}) == 4
    assert "Pennebaker" in template.source
    assert "Beall" in template.source
    assert "1986" in template.source
    for words in ("Stop", "not therapy", "crisis line", "doctor"):
        assert words in template.care
