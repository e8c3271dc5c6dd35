# SPDX-License-Identifier: GPL-3.0-or-later
"""Each .ui file is well-formed, in a resource, and paired with the class whose template it is."""
import re
import xml.etree.ElementTree as ElementTree
from tree import ROOT, Report, files, read

PREFIX = 'Dio'


def parse(path, faults):
    try:
        return ElementTree.parse(ROOT / path)
    except ElementTree.ParseError as error:
        faults.append(f'{path}: {error}')
        return None


def file_name(class_name):
    """DioConsoleWindow → console-window"""
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', class_name.removeprefix(PREFIX)).lower()


def unpaired(path, tree):
    for template in tree.iter('template'):
        stem = file_name(template.get('class', ''))
        if path.stem != stem:
            yield f'{path}: the template of {template.get("class")} belongs into {stem}.ui'
        elif not (ROOT / path.parent / f'{stem}.c').exists():
            yield f'{path}: there is no {stem}.c beside it'


def is_in_resource(path):
    return any(path.name in (read(resource) or '') for resource in files('.gresource.xml', '.gresource.xml.in'))


def icons_without_words(path, tree):
    """Buttons that show an icon alone must say what they do to pointer and screen reader."""
    for widget in tree.iter():
        properties = {prop.get('name') for prop in widget.findall('property')}
        if widget.tag in ('object', 'template') and (widget.get('class') or '').endswith('Button') \
                and 'icon-name' in properties and 'tooltip-text' not in properties:
            yield f'{path}: {widget.get("class")} {widget.get("id") or ""}: icon-name without tooltip-text'


report = Report()
malformed = []
trees = {path: tree for path in files('.ui') if (tree := parse(path, malformed))}
for path in files('.xml', '.svg', '.xml.in', '.page'):
    parse(path, malformed)
report.rule('.ui, .xml, .svg and .page files are well-formed', malformed)
report.rule('templates are beside their class', (fault for item in trees.items() for fault in unpaired(*item)))
report.rule('.ui files are in a resource', (str(path) for path in trees if not is_in_resource(path)))
report.rule('icon buttons have a tooltip', (fault for item in trees.items() for fault in icons_without_words(*item)))
report.end()
