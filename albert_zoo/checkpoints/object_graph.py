"""The object graph of TensorFlow's object-based checkpoints: which variable hangs where."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Tuple


class ObjectGraph:
    """The objects of a checkpoint, walked from attribute to attribute.

    The keys of a checkpoint depend on the path by which a variable was met first, so one variable
    can have a key that says nothing (`variables/7`); the graph names all paths to it.

    Args:
        serialized: bytes, the tensor `_CHECKPOINTABLE_OBJECT_GRAPH`.
    """

    def __init__(self, serialized: bytes):
        from tensorflow.core.protobuf import trackable_object_graph_pb2

        graph = trackable_object_graph_pb2.TrackableObjectGraph()
        graph.ParseFromString(serialized)
        self._children: List[Dict[str, int]] = [
            {child.local_name: child.node_id for child in node.children} for node in graph.nodes
        ]
        last = len(self._children) - 1
        if last < 0:
            raise ValueError("there is no object")
        if any(not 0 <= child <= last for node in self._children for child in node.values()):
            raise ValueError("an attribute leads to no object")
        self._keys: List[Optional[str]] = [
            next((a.checkpoint_key for a in node.attributes if a.name == "VARIABLE_VALUE"), None)
            for node in graph.nodes
        ]
        self.slot_keys = {
            self._keys[slot.slot_variable_node_id]
            for node in graph.nodes
            for slot in node.slot_variables
        }

    def walk(self) -> Iterator[Tuple[int, Dict[str, int]]]:
        """Yields every object that attributes lead to from the root, with its attributes."""
        waiting, seen = [0], {0}
        while waiting:
            node = waiting.pop(0)
            yield node, self._children[node]
            for child in self._children[node].values():
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def attributes(self, node: int) -> List[str]:
        """Returns the names of an object's attributes."""
        return list(self._children[node])

    def at(self, node: int, path: str) -> Optional[int]:
        """Follows attributes, as in `"_attention_layer/_query_dense"`.

        Args:
            node: int, where to begin.
            path: str, attribute names between slashes.

        Returns:
            int, the object, or `None` where there is no such attribute.
        """
        found: Optional[int] = node
        for name in path.split("/"):
            if found is None:
                return None
            found = self._children[found].get(name)
        return found

    def key(self, node: Optional[int]) -> Optional[str]:
        """Returns the checkpoint's key of a variable, or `None` for any other object."""
        return None if node is None else self._keys[node]

    def variables(self, node: int, depth: int = 3) -> Dict[str, str]:
        """Finds the variables below an object.

        Args:
            node: int, where to begin.
            depth: int, the longest path.

        Returns:
            dict of path, such as `"_output_dense/kernel"`, to the checkpoint's key.
        """
        found: Dict[str, str] = {}
        for name, child in self._children[node].items():
            key = self._keys[child]
            if key is not None:
                found[name] = key
            elif depth > 1:
                below = self.variables(child, depth - 1)
                found.update({f"{name}/{path}": k for path, k in below.items()})
        return found


def parse(serialized: Any) -> Optional[ObjectGraph]:
    """Returns the graph, or `None` where the bytes are none."""
    try:
        return ObjectGraph(serialized)
    except Exception:  # protobuf's DecodeError, whose module TensorFlow does not pass on
        return None
