"""The design system: what its tags draw and say, and that its pages keep to the strict content policy."""

import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from portal.context_processors import site, viewer_of
from portal.mode import ModeMiddleware
from portal.templatetags import charts, drawing, gongzhi, maps, wording

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def show(source, **context):
    return Template("{% load gongzhi %}" + source).render(Context(context))


# --- Marks of process ------------------------------------------------------------------------
def test_ring_fills_the_steps_before_the_current_one_and_says_which_it_is():
    svg = drawing.ring(4, mine=True)
    assert svg.count('r="5" class="f-main"') == 3
    assert svg.count('r="4.5"') == 4
    assert svg.count("f-seat") == 1
    assert 'aria-label="第 4 步，共 8 步，轮到您"' in svg


def test_ring_uses_red_only_where_it_is_the_readers_turn():
    assert "seat" not in drawing.ring(4)


def test_finished_ring_has_no_number_and_says_so():
    assert drawing.ring(9).count('r="5" class="f-main"') == 8
    assert "8 步都走完了" in drawing.ring(9)


def test_empty_table_is_hidden_from_readers():
    assert 'aria-hidden="true"' in drawing.ring(0)


def test_beads_count_working_days_and_hang_late_ones_on_in_red():
    assert drawing.beads(5, 2).count('class="f-main"') == 2
    assert "5 个工作日，已用 2 个" in drawing.beads(5, 2)
    late = drawing.beads(5, 7)
    assert late.count('class="f-main"') == 5
    assert late.count("f-seat") == 2
    assert "已过期 2 天" in late


def test_a_seal_takes_two_or_four_characters():
    assert drawing.seal("议定通过").count("<text") == 4
    with pytest.raises(ValueError, match="two or four"):
        drawing.seal("通过了")


@pytest.mark.parametrize(("left", "filled"), [(180, 24), (108, 14), (1, 1), (0, 0)])
def test_seat_clock_empties_as_time_runs(left, filled):
    assert drawing.seat_clock(left, 180).count('r="8"') == filled


# --- Charts ----------------------------------------------------------------------------------
def dots_on(svg, ink):
    """Count the dots of one colour from the dashed path that draws them."""
    found = re.search(rf'<path d="([^"]*)" class="f-none {ink}"', svg)
    lines = re.findall(r"M\d+ (\d+)V(\d+)", found.group(1)) if found else []
    return sum((int(bottom) - int(top)) // 20 + 1 for top, bottom in lines)


@pytest.mark.parametrize(
    ("total", "filled"),
    [(986, 823), (986, 0), (986, 986), (163, 40), (12, 5), (1, 1), (401, 57), (59, 58), (987, 986), (121, 120), (0, 0)],
)
def test_there_is_a_dot_for_each_case(total, filled):
    shown = charts.dots(total, filled, "办成", "未办结")
    assert dots_on(shown["svg"], "s-main") == filled
    assert dots_on(shown["svg"], "s-edge") == total - filled
    assert f"{total} 个点" in shown["svg"]


def test_rule_bar_draws_the_line_of_two_thirds_and_says_the_number():
    shown = charts.rule_bar("参加，按人数", 214, 151, Fraction(2, 3), "人", "")
    assert shown["figures"] == "151 / 214\N{NO-BREAK SPACE}人，70.6%"
    assert shown["line_text"] == "要过的线：143\N{NO-BREAK SPACE}人"
    assert shown["at"] == "at23"
    assert 'x="665.2"' in shown["svg"]


def test_rule_bar_keeps_an_area_exact():
    shown = charts.rule_bar("参加，按面积", Decimal("21036.40"), Decimal("13480.60"), Fraction(2, 3), "㎡", "")
    assert shown["figures"].startswith("13,480.60 / 21,036.40")
    assert "14,024.27" in shown["line_text"]


def test_rule_bar_with_nobody_in_it_divides_by_nothing():
    assert charts.rule_bar("参加", 0, 0, Fraction(1, 2), "人", "")["figures"].endswith("0%")


def test_flow_bands_are_as_wide_as_their_money():
    bands = charts.flow_bands([30, 10], 40, 200.0)
    assert [height for _, _, height in bands] == [150.0, 50.0]
    assert charts.flow([{"label": "a", "amount": 40}], [{"label": "b", "amount": 40, "keep": True}]).count("<path") == 2


def test_area_map_escapes_names_and_links_areas():
    ring = [[114.8, 30.3], [114.9, 30.3], [114.9, 30.4], [114.8, 30.3]]
    area = {"name": "<b>镇", "url": "/issues/?area=1", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    svg = maps.area_map([area], [{"kind": "hall", "longitude": 114.85, "latitude": 30.35, "count": 4}], "图")
    assert "<b>" not in svg
    assert 'role="group"' in svg
    assert 'href="/issues/?area=1"' in svg


def test_drops_step_aside_from_what_stands_there_and_the_last_are_left_out():
    here = {"longitude": 300, "latitude": 300}
    marks = maps.apart([{"kind": "hall", **here}, *[{"kind": "issue", **here}] * 9], lambda x, y: (x, y), [1])
    assert marks[0][0].startswith('<circle class="hall" cx="300" cy="300"')
    assert ["M348 300" in marks[1][0], "M252 300" in marks[2][0]] == [True, True]
    assert len(marks) == 3


# --- Words -----------------------------------------------------------------------------------
def test_dates_speak_chinese_with_spaces_that_do_not_break():
    moment = datetime(2023, 11, 9, 8, 42, tzinfo=SHANGHAI)
    assert wording.moment(moment).replace("\N{NO-BREAK SPACE}", " ") == "2023 年 11 月 9 日 8:42"
    assert wording.day(date(2023, 11, 16)).endswith("（周四）")
    assert wording.short_day(date(2023, 11, 16)) == "2023-11-16"
    assert "日 8:42" not in wording.moment(moment)


def test_this_years_dates_leave_the_year_out(monkeypatch):
    monkeypatch.setattr(wording, "is_this_year", lambda day: True)
    assert wording.day(date(2023, 11, 16)).replace("\N{NO-BREAK SPACE}", " ") == "11 月 16 日（周四）"
    assert wording.short_day(date(2023, 11, 9)) == "11-09"


def test_dates_speak_english_on_english_pages():
    with translation.override("en"):
        assert wording.full_day(date(2023, 11, 16)) == "16 November 2023"
        assert wording.weekday(date(2023, 11, 16)) == "Thu"


def test_when_writes_a_time_element_and_leaves_words_alone():
    assert show("{% when day 'full_day' %}", day=date(2023, 11, 8)).startswith('<time datetime="2023-11-08">2023')
    assert show("{% when words %}", words="办结后<下一个>工作日") == "办结后&lt;下一个&gt;工作日"


def test_a_figure_stays_with_its_measure_word():
    assert wording.measure(12480, "元") == "12,480\N{NO-BREAK SPACE}元"
    assert (
        wording.tied("5 个工作日内答复，还剩 3 天") == "5\N{NO-BREAK SPACE}个工作日内答复，还剩 3\N{NO-BREAK SPACE}天"
    )


def test_short_clauses_of_a_title_stay_whole():
    words = "5 号楼 <b>，楼道里的灯坏了三个月没有人来修。"
    assert wording.clauses(words) == ('<span class="nb">5 号楼 &lt;b&gt;，</span>楼道里的灯坏了三个月没有人来修。')
    with translation.override("en"):
        assert wording.clauses("A lamp, broken") == "A lamp, broken"


def test_percent_is_exact_and_short():
    assert wording.percent(151, 214) == "70.6%"
    assert wording.percent(1, 2) == "50%"


def test_tags_escape_what_they_are_given():
    for source in ("{% tag evil %}", "{{ evil|tied }}", "{% seal evil2 %}"):
        assert "<b" not in show(source, evil="<b>", evil2="<b")


# --- Forms -----------------------------------------------------------------------------------
class Sample(forms.Form):
    title = forms.CharField(label="什么事", max_length=10, help_text="一句话。")
    kind = forms.ChoiceField(label="哪一类", choices=[("a", "甲")], widget=forms.RadioSelect)
    note = forms.CharField(label="说明", required=False, max_length=5, widget=forms.Textarea)


def test_a_field_ties_its_hint_and_error_to_its_control():
    html = show("{% field form.title %}", form=Sample({"title": ""}))
    assert 'aria-describedby="id_title_hint id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert "这一项要填。" in html


def test_a_forms_own_words_are_kept():
    form = Sample({"title": ""})
    form.fields["title"].error_messages["required"] = "请用一句话说。"
    assert "请用一句话说。" in show("{% field form.title %}", form=form)


def test_what_was_typed_is_escaped_and_comes_back():
    form = Sample({"title": "<script>", "note": "一二三四五六"})
    html = show("{% field form.title %}{% field form.note %}", form=form)
    assert "<script>" not in html
    assert "最多 5 字，现在 6 字" in html
    assert "一二三四五六" in html


def test_a_group_is_a_fieldset_and_nothing_is_preselected():
    html = show("{% field form.kind kind='choices' %}", form=Sample())
    assert "<fieldset" in html
    assert "checked" not in html


def test_the_summary_links_to_each_field():
    html = show("{% error_summary form %}", form=Sample({}))
    assert 'href="#id_title"' in html
    assert 'href="#id_kind"' in html


# --- Elder mode and language -----------------------------------------------------------------
def walk(path, method="get", cookies=None, **data):
    request = getattr(RequestFactory(), method)(path, data)
    request.COOKIES.update(cookies or {})
    response = ModeMiddleware(lambda request: HttpResponse(request.mode))(request)
    return request, response


def test_a_switch_sets_its_cookie_and_leads_back_without_the_parameter():
    _, response = walk("/issues/?area=3&mode=elder")
    assert response.status_code == 302
    assert response["Location"] == "/issues/?area=3"
    cookie = response.cookies["mode"]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == ("elder", "Lax", 365 * 24 * 3600)
    assert "no-store" in response["Cache-Control"]


def test_the_language_switch_works_the_same_way():
    _, response = walk("/?lang=en")
    assert response["Location"] == "/"
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


@pytest.mark.parametrize("query", ["mode=huge", "lang=xx", "mode="])
def test_unknown_values_change_nothing(query):
    _, response = walk(f"/?{query}")
    assert response.status_code == 200
    assert not response.cookies


def test_a_switch_never_leaves_the_site():
    request = RequestFactory().get("/?mode=elder")
    request.path = request.path_info = "//evil.example/"
    response = ModeMiddleware(lambda request: HttpResponse())(request)
    assert response["Location"] == "/%2Fevil.example/"


def test_a_form_being_sent_is_never_redirected():
    _, response = walk("/issues/new/?mode=elder", method="post")
    assert response.status_code == 200


@pytest.mark.parametrize(("cookie", "mode"), [("elder", "elder"), ("normal", "normal"), ("<script>", "normal")])
def test_the_mode_is_one_of_two(cookie, mode):
    assert walk("/", cookies={"mode": cookie})[0].mode == mode


# --- The frame -------------------------------------------------------------------------------
class Untouchable:
    """A user whose very mention fails."""

    @property
    def is_authenticated(self):
        raise AssertionError("the frame asked who is there")


def test_without_a_session_nobody_asks_who_is_there():
    request = RequestFactory().get("/")
    request.user = Untouchable()
    assert viewer_of(request).is_authenticated is False


def test_the_frame_marks_where_one_is():
    context = site(RequestFactory().get("/issues/new/"))
    assert [seat.label for seat in context["tabs"] if seat.is_current] == ["反映"]
    assert [seat.label for seat in context["nav"] if seat.is_current] == ["反映问题"]
    assert context["sign_in_url"].endswith("?next=%2Fissues%2Fnew%2F")


@pytest.mark.parametrize("name", ["500.html", "400.html"])
def test_pages_for_the_worst_day_need_no_context(name):
    html = render_to_string(name)
    assert html.count("<h1>") == 1
    assert 'class="demo"' in html or not settings.DEMO


@pytest.mark.django_db
def test_the_styleguide_shows_everything_once(client):
    html = client.get("/styleguide/").content.decode()
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert '<html lang="zh-CN" data-mode="normal">' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.django_db
def test_elder_mode_is_written_by_the_server(client):
    client.cookies["mode"] = "elder"
    html = client.get("/styleguide/").content.decode()
    assert 'data-mode="elder"' in html
    assert "?mode=normal" in html


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["login", "signup", "password/reset"])
def test_sign_in_pages_stand_in_our_frame(client, path):
    html = client.get(f"/accounts/{path}/").content.decode()
    assert html.count("<h1>") == 1
    assert 'class="tabs"' in html
    assert "data-no-draft" in html
    if path == "login":
        assert 'name="login"' in html
        assert 'name="password"' in html


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_keep_to_the_content_policy(template):
    source = template.read_text()
    assert not re.search(r"\sstyle\s*=", source)
    assert "<style" not in source
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_icon_that_a_template_names_is_in_the_sprite(template):
    sprite = (ROOT / "frontend" / "icons.svg").read_text()
    for name in re.findall(r'{%\s*icon "([a-z-]+)"\s*%}', template.read_text()):
        assert f'id="i-{name}"' in sprite


def test_the_bars_classes_exist():
    css = (ROOT / "frontend" / "css" / "percent.css").read_text()
    assert all(f".p{n} {{" in css for n in range(101))
    used = set(re.findall(r'class="([^"]+)"', drawing.mark() + drawing.ring(4) + charts.slope(45, 90, "a", "b")))
    rules = (ROOT / "frontend" / "css" / "drawing.css").read_text()
    assert all(f".{name} " in rules for names in used for name in names.split() if name[:2] in ("f-", "s-"))


def test_gongzhi_names_every_drawing():
    assert {"ring", "beads", "dot", "dots", "seal", "meas", "budget", "slope", "field", "icon"} <= set(
        gongzhi.register.tags
    )
