"""What can be seen without running: syntax of the oldest Slicer's Python, the panel's names, the contract's age."""

import ast
import json
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import server

FOLDER = server.PLUGIN.parent
PANEL = server.PLUGIN / "Resources" / "UI" / "MRNetSegmentation.ui"
MODULE = server.PLUGIN / "MRNetSegmentation.py"


class StaticTest(unittest.TestCase):
    def test_every_file_is_python_3_9(self):
        for file in FOLDER.rglob("*.py"):
            ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=(3, 9))

    def test_every_widget_the_module_names_is_in_the_panel(self):
        names = {widget.get("name") for widget in xml.etree.ElementTree.parse(PANEL).iter("widget")}
        used = set(re.findall(r"self\.ui\.(\w+)", MODULE.read_text(encoding="utf-8")))
        self.assertGreater(len(used), 20)
        self.assertEqual(used - names, set())

    def test_every_button_of_the_panel_is_connected(self):
        buttons = {widget.get("name") for widget in xml.etree.ElementTree.parse(PANEL).iter("widget") if widget.get("class") == "QPushButton"}
        text = MODULE.read_text(encoding="utf-8")
        self.assertEqual({name for name in buttons if "self.ui.{}.connect(".format(name) not in text}, set())

    def test_every_choice_a_widget_is_bound_to_is_one_of_the_parameter_node(self):
        bound = set(re.findall(r'"SlicerParameterName" stdset="0">\s*<string>(\w+)<', PANEL.read_text(encoding="utf-8")))
        classes = [node for node in ast.parse(MODULE.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
        fields = next({field.target.id for field in node.body if isinstance(field, ast.AnnAssign)} for node in classes if node.name == "MRNetSegmentationParameterNode")
        self.assertEqual(len(bound), 8)
        self.assertEqual(bound - fields, set())

    def test_only_scene_and_the_module_touch_slicer(self):
        touching = {file.name for file in (server.PLUGIN / "MRNetLib").glob("*.py") if re.search(r"^\s*(import|from) (slicer|qt|vtk|ctk)", file.read_text(encoding="utf-8"), re.M)}
        self.assertEqual(touching, {"scene.py"})

    def test_cmake_lists_every_file(self):
        listed = (server.PLUGIN / "CMakeLists.txt").read_text(encoding="utf-8")
        for file in (server.PLUGIN / "MRNetLib").iterdir():
            if file.suffix in (".py", ".desc"):
                self.assertIn("MRNetLib/" + file.name, listed)

    def test_the_catalog_entry_parses(self):
        self.assertEqual(json.loads((FOLDER / "MRNetImaging.json").read_text(encoding="utf-8"))["category"], "Segmentation")

    def test_the_descriptors_are_those_of_the_protos(self):
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "mrnet.desc"
            done = subprocess.run(["bash", str(FOLDER / "make_descriptors.sh"), str(made)], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                self.skipTest("no protoc: " + done.stderr[-200:])
            self.assertEqual(made.read_bytes(), (server.PLUGIN / "MRNetLib" / "mrnet.desc").read_bytes(), "run make_descriptors.sh")


if __name__ == "__main__":
    unittest.main()
