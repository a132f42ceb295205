"""/catalogue: which papers, fields and conditions each category of food needs, and since when."""

from flask import Response, render_template

from suyuan.trace.findings.food_catalogue import categories, of_every_food, requirements
from suyuan.trace.findings.parts import step_word
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ANYBODY, Routes

routes = Routes("catalogue")


@routes.get("/catalogue", ANYBODY, limit=READING)
def catalogue() -> Response:
    """The catalogue of food, by the tables that the rules read."""
    sections = [(category, list(requirements(category))) for category in categories()]
    return Response(
        render_template(
            "catalogue.html", sections=sections, every=list(of_every_food()), step_word=step_word
        )
    )
