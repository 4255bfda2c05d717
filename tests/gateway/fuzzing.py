"""What schemathesis is told beyond the API's description: an integer is written as 3, not as 3.0.

JSON Schema takes both for the same number, and has no way to say this; the wire's decoder takes the first alone.
"""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - its names
    case.body = plain(case.body)


def plain(node: Any) -> Any:
    """The same JSON with whole numbers written as integers."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return int(node) if isinstance(node, float) and node.is_integer() else node
