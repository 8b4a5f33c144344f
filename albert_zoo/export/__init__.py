"""Models as files that run without Keras."""

from albert_zoo.export.onnx_classifier import OnnxClassifier as OnnxClassifier
from albert_zoo.export.onnx_folder import export_onnx as export_onnx
from albert_zoo.export.saved_model import export_saved_model as export_saved_model

__all__ = ["OnnxClassifier", "export_onnx", "export_saved_model"]
