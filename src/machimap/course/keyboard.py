"""Let a menu or a button of the notebook have the keys pressed in it, so that it can be used without a mouse."""

from __future__ import annotations

import ipywidgets as widgets

# JupyterLab takes unmodified keys (arrows, X for "cut the cell" …) also while a menu or a button has the focus:
# https://github.com/jupyter-widgets/ipywidgets/issues/3912. It listens when a key bubbles up, so this comes first.
_SCRIPT = """
if (!window.machimapKeys) {
  window.machimapKeys = event => {
    const held = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.key === 'Escape';
    const own = event.target.matches?.('.jupyter-widgets select, .jupyter-widgets input:is([type=radio], [type=checkbox]), button.jupyter-widgets');
    if (own && !held) { event.stopPropagation(); }
  };
  document.addEventListener('keydown', window.machimapKeys, true);
}
"""


def own_keys() -> widgets.Output:
    """Return an invisible part to put beside menus and buttons: plain keys pressed in them stay with them."""
    data = {"application/javascript": _SCRIPT, "text/plain": ""}
    part = widgets.Output(layout=widgets.Layout(display="none"))
    part.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
    return part
