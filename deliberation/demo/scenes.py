"""The demo's photos: eight schematic scenes, each before and after, drawn and not taken."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from deliberation.demo.canvas import (
    GOLD,
    GREEN,
    INK,
    INK_2,
    LAKE,
    LINE,
    OCHRE,
    PAPER,
    PATINA,
    SEAL,
    STONE,
    VARIANTS,
    Canvas,
)

WATER, RIPPLE, PIT, PIT_EDGE, DARK = "#8CA8B5", "#A9C0CA", "#6E675B", "#3C3832", "#5F6A70"
BAGS = ("#5F6A70", "#8A7D6B", "#48504B")


def draw(scene: str, variant: int, fixed: bool) -> Image.Image:
    """Return a picture of a scene, before (broken) or after (fixed), in one of three variants."""
    canvas = Canvas(VARIANTS[variant])
    SCENES[scene](canvas, fixed)
    return canvas.finished()


def manhole(canvas: Canvas, fixed: bool) -> None:
    """A manhole in the road."""
    canvas.street()
    if not fixed:
        canvas.ellipse(172, 146, 104, 32, WATER)
        canvas.ellipse(160, 140, 56, 20, PIT, PIT_EDGE)
        canvas.line((118, 128, 144, 142, 132, 148, 154, 158), INK, 4)
        canvas.line((160, 121, 168, 137, 186, 133, 196, 147), INK, 4)
        canvas.shape((170, 128, 204, 136, 190, 150, 168, 144), INK)
        return
    canvas.ellipse(160, 140, 62, 24, "#B7AE9C")
    canvas.ellipse(160, 140, 54, 19, INK_2)
    canvas.ellipse(160, 140, 46, 15, None, STONE, 2.5)
    for y, half in ((134, 32), (140, 36), (146, 32)):
        canvas.line((160 - half, y, 160 + half, y), STONE, 2)
    for x in (146, 174):
        canvas.line((x, 127, x, 153), STONE, 2)


def lamp(canvas: Canvas, fixed: bool) -> None:
    """A street lamp at dusk."""
    canvas.street()
    canvas.rect(0, 0, 320, 58, "#6F7D82" if not fixed else "#8A949B")
    for x in (20, 180):
        canvas.rect(x, 6, 120, 52, "#8B877C")
        canvas.rect(x + 18, 18, 18, 24, GOLD if x == 180 else DARK)
        canvas.rect(x + 74, 18, 18, 24, DARK)
    canvas.rect(0, 58, 320, 142, "#9D9A90" if not fixed else "#B4AE9F")
    canvas.rect(0, 58, 320, 8, "#7C776C")
    if fixed:
        canvas.shape((176, 42, 96, 188, 262, 188, 190, 42), "#EBD9A4")
        canvas.ellipse(179, 188, 84, 12, "#F2E6BF")
    canvas.line((140, 188, 140, 30, 146, 24, 170, 24), INK_2, 6)
    canvas.rect(128, 180, 24, 10, PIT_EDGE, 2)
    if fixed:
        canvas.rect(164, 20, 30, 12, INK_2, 3)
        canvas.ellipse(179, 35, 12, 6, "#FFF3C9")
        return
    canvas.line((170, 24, 182, 40), INK_2, 4)
    canvas.shape((176, 38, 200, 52, 192, 62, 170, 48), INK_2)
    canvas.line((182, 62, 180, 78, 188, 88), INK, 2)


def rubbish(canvas: Canvas, fixed: bool) -> None:
    """Three bins at a wall."""
    canvas.street()
    canvas.rect(52, 44, 216, 66, canvas.tones.wall)
    canvas.rect(52, 44, 216, 6, canvas.tones.kerb)
    for x, colour in ((82, PATINA), (140, LAKE), (198, INK_2)):
        canvas.rect(x, 84, 42, 56, colour, 4)
        canvas.rect(x - 3, 76, 48, 10, colour, 3)
        canvas.rect(x + 8, 98, 26, 14, PAPER, 2)
        canvas.ellipse(x + 8, 142, 5, 5, INK)
        canvas.ellipse(x + 34, 142, 5, 5, INK)
    if fixed:
        canvas.line((60, 156, 262, 156), LINE, 2)
        canvas.rect(246, 58, 16, 20, PAPER, 1)
        return
    for x, y, size, shade in (
        (70, 152, 20, 0),
        (104, 160, 24, 1),
        (150, 158, 20, 2),
        (186, 164, 26, 0),
        (234, 154, 22, 1),
        (262, 166, 18, 2),
        (104, 74, 15, 2),
        (162, 72, 16, 1),
        (218, 73, 14, 0),
    ):
        canvas.ellipse(x, y, size, size * 0.72, BAGS[shade])
        canvas.shape((x - 4, y - size * 0.6, x + 4, y - size * 0.6, x, y - size), BAGS[shade])
    canvas.ellipse(166, 182, 70, 8, "#A79C86")


def stairwell(canvas: Canvas, fixed: bool) -> None:
    """The foot of a staircase."""
    canvas.rect(0, 0, 320, 200, "#DAD6CB" if not fixed else "#E9E5DA")
    canvas.rect(0, 96, 320, 56, "#A9BBAF" if not fixed else "#B9CBBE")
    canvas.rect(0, 150, 320, 50, "#B2AA9B")
    for step in range(6):
        canvas.rect(176 + 22 * step, 138 - 18 * step, 160, 20, canvas.tones.kerb if step % 2 else "#B7B0A1")
    canvas.line((170, 112, 290, 12), PATINA, 5)
    for step in range(5):
        canvas.line((178 + 24 * step, 140 - 19 * step, 178 + 24 * step, 106 - 20 * step), PATINA, 2.5)
    canvas.rect(30, 32, 58, 118, canvas.tones.wall)
    canvas.ellipse(80, 94, 3, 3, OCHRE)
    if fixed:
        canvas.ellipse(136, 16, 18, 8, "#FFF3C9")
        canvas.rect(104, 52, 34, 26, PAPER, 1)
        for y in (58, 64, 70):
            canvas.line((108, y, 132, y), STONE, 1.5)
        return
    canvas.ellipse(136, 16, 16, 7, STONE)
    bike(canvas, 92, SEAL)
    bike(canvas, 132, LAKE)
    canvas.rect(20, 128, 40, 40, "#B08A52")
    canvas.rect(28, 100, 30, 28, "#C29B60")
    canvas.line((40, 60, 96, 110, 110, 150), INK, 2)


def bike(canvas: Canvas, x: float, colour: str) -> None:
    """An electric bicycle."""
    for wheel in (x, x + 56):
        canvas.ellipse(wheel, 166, 15, 15, None, INK, 4)
    canvas.line((x, 166, x + 20, 140, x + 44, 140, x + 56, 166), colour, 6)
    canvas.rect(x + 14, 146, 24, 14, colour, 4)
    canvas.line((x + 46, 142, x + 42, 118, x + 34, 116), INK, 4)
    canvas.rect(x + 6, 128, 22, 7, INK, 3)


def puddle(canvas: Canvas, fixed: bool) -> None:
    """A low stretch of road."""
    canvas.street()
    if fixed:
        canvas.shape((40, 118, 286, 104, 300, 170, 30, 178), "#C9C2B3")
        canvas.rect(132, 134, 60, 24, PIT_EDGE, 2)
        for x in range(138, 192, 9):
            canvas.line((x, 138, x, 154), STONE, 3)
        return
    canvas.ellipse(160, 146, 126, 38, "#7A97A5")
    canvas.ellipse(156, 144, 116, 32, WATER)
    for rx in (22, 44, 70):
        canvas.ellipse(130, 146, rx, rx * 0.3, None, RIPPLE, 2)
    canvas.shape((206, 134, 226, 128, 236, 140, 214, 146), "#B08A52")
    canvas.line((60, 168, 92, 172), RIPPLE, 3)
    canvas.ellipse(238, 158, 10, 4, GREEN)


def tree(canvas: Canvas, fixed: bool) -> None:
    """An old tree on a green."""
    canvas.street()
    canvas.rect(0, 108, 320, 92, "#AFBB93")
    canvas.shape((150, 186, 156, 96, 176, 96, 184, 186), "#7B6248")
    canvas.line((166, 110, 136, 72), "#7B6248", 9)
    for x, y, rx, ry in ((118, 52, 40, 30), (166, 38, 48, 34), (212, 56, 42, 30)):
        canvas.ellipse(x, y, rx, ry, GREEN)
    canvas.ellipse(150, 32, 26, 16, "#8FA06C")
    if fixed:
        for x in (108, 226):
            canvas.line((x, 188, 166, 126), "#B08A52", 5)
        canvas.ellipse(167, 188, 46, 8, "#8C7A5E")
        canvas.rect(70, 158, 46, 7, "#B08A52", 2)
        canvas.line((78, 165, 78, 182), INK_2, 4)
        canvas.line((108, 165, 108, 182), INK_2, 4)
        return
    canvas.ellipse(168, 132, 8, 13, INK)
    canvas.line((172, 106, 226, 100, 252, 150), "#7B6248", 8)
    for x, y in ((248, 152), (262, 164), (236, 166)):
        canvas.ellipse(x, y, 20, 13, "#9AA06A")
    canvas.line((60, 180, 96, 168, 118, 178), "#7B6248", 5)


def cars(canvas: Canvas, fixed: bool) -> None:
    """A lane that has to stay free."""
    canvas.street()
    canvas.shape((0, 132, 320, 112, 320, 176, 0, 190), "#BDB6A8")
    for x in range(-10, 330, 34):
        canvas.line((x, 188, x + 40, 118), GOLD if fixed else "#CDB98A", 5)
    canvas.line((0, 132, 320, 112), GOLD if fixed else "#CDB98A", 3)
    if fixed:
        for x in (40, 130, 220):
            canvas.rect(x, 96, 8, 32, SEAL, 3)
            canvas.rect(x, 104, 8, 7, PAPER)
        canvas.rect(270, 64, 4, 50, INK_2)
        canvas.ellipse(272, 62, 14, 14, PAPER, SEAL, 4)
        return
    for x, y, colour in ((22, 108, LAKE), (118, 104, INK_2), (214, 98, OCHRE)):
        car(canvas, x, y, colour)


def car(canvas: Canvas, x: float, y: float, colour: str) -> None:
    """A parked car, without a plate."""
    canvas.shape((x + 16, y + 18, x + 28, y - 2, x + 62, y - 2, x + 76, y + 18), colour)
    canvas.shape((x + 24, y + 16, x + 32, y + 3, x + 44, y + 3, x + 44, y + 16), "#DCE7EC")
    canvas.shape((x + 48, y + 16, x + 48, y + 3, x + 59, y + 3, x + 67, y + 16), "#DCE7EC")
    canvas.rect(x, y + 16, 90, 26, colour, 8)
    for wheel in (x + 20, x + 70):
        canvas.ellipse(wheel, y + 42, 11, 11, INK)
        canvas.ellipse(wheel, y + 42, 5, 5, STONE)


def noticeboard(canvas: Canvas, fixed: bool) -> None:
    """A noticeboard at a gate."""
    canvas.street()
    canvas.rect(0, 68, 320, 132, canvas.tones.ground)
    for x in (76, 236):
        canvas.rect(x, 60, 8, 128, INK_2)
    canvas.shape((60, 40, 160, 18, 260, 40, 260, 50, 60, 50), PATINA)
    canvas.rect(68, 50, 184, 96, "#8B877C" if not fixed else PATINA, 2)
    canvas.rect(75, 57, 170, 82, "#CFC7B6" if not fixed else "#E9F1EA")
    if fixed:
        for column in range(4):
            sheet(canvas, 82 + 41 * column, 64, tall=column % 2 == 0)
        return
    canvas.shape((96, 66, 130, 70, 124, 112, 104, 104, 92, 114), PAPER)
    canvas.shape((168, 92, 204, 86, 212, 128, 184, 122), "#EFE8DA")
    canvas.line((222, 57, 208, 84, 226, 98, 214, 139), PAPER, 2)
    canvas.line((226, 98, 245, 90), PAPER, 2)
    canvas.ellipse(120, 180, 18, 4, "#EFE8DA")


def sheet(canvas: Canvas, x: float, y: float, tall: bool) -> None:
    """A printed sheet with lines instead of words."""
    height = 68 if tall else 52
    canvas.rect(x, y, 34, height, PAPER)
    canvas.rect(x + 5, y + 5, 24, 5, SEAL if tall else PATINA)
    for offset in range(16, height - 4, 7):
        canvas.line((x + 5, y + offset, x + 29, y + offset), LINE, 2)


SCENES: dict[str, Callable[[Canvas, bool], None]] = {
    "manhole": manhole,
    "lamp": lamp,
    "rubbish": rubbish,
    "stairwell": stairwell,
    "puddle": puddle,
    "tree": tree,
    "cars": cars,
    "noticeboard": noticeboard,
}
