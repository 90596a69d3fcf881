"""How nbval compares the solutions: by their text; a table's HTML is not kept in them."""


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html",)
