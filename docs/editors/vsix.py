"""The folder vscode/ -> an extension that Visual Studio Code installs from a file.

usage: python docs/editors/vsix.py [OUT]        writes rasp-language.vsix, or OUT

The same folder gives the same bytes.  It needs Python alone.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

FOLDER = Path(__file__).parent / "vscode"
LICENSE = FOLDER.parents[2] / "LICENSE"
RENAMED = {"README": "README.md"}  # which would be a page of our own site
TIME = (1980, 1, 1, 0, 0, 0)  # of every entry

TYPES = {
    ".json": "application/json",
    ".js": "application/javascript",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".vsixmanifest": "text/xml",
}


def files() -> dict[str, bytes]:
    """What the package holds, by name."""
    paths = [path for path in sorted(FOLDER.rglob("*")) if path.is_file()]
    names = [path.relative_to(FOLDER).as_posix() for path in paths]
    inside = {
        f"extension/{RENAMED.get(name, name)}": path.read_bytes()
        for name, path in zip(names, paths, strict=True)
    }
    inside["extension/LICENSE.txt"] = LICENSE.read_bytes()
    package = json.loads(inside["extension/package.json"])
    return {
        "extension.vsixmanifest": manifest(package).encode(),
        "[Content_Types].xml": content_types().encode(),
        **inside,
    }


def manifest(package: dict[str, object]) -> str:
    """What the editor reads of a package before it installs it."""
    categories, keywords = package["categories"], package["keywords"]
    assert isinstance(categories, list)
    assert isinstance(keywords, list)
    engines = package["engines"]
    assert isinstance(engines, dict)
    name, version, publisher = (str(package[key]) for key in ("name", "version", "publisher"))
    return f"""\
<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" \
xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="en-US" Id={quoteattr(name)} Version={quoteattr(version)} \
Publisher={quoteattr(publisher)} />
    <DisplayName>{escape(str(package["displayName"]))}</DisplayName>
    <Description xml:space="preserve">{escape(str(package["description"]))}</Description>
    <Tags>{escape(",".join([*keywords, "rasp", "__ext_rasp"]))}</Tags>
    <Categories>{escape(",".join(categories))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value={quoteattr(engines["vscode"])} />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionDependencies" Value="" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionPack" Value="" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace" />
      <Property Id="Microsoft.VisualStudio.Code.ExecutesCode" Value="true" />
      <Property Id="Microsoft.VisualStudio.Services.GitHubFlavoredMarkdown" Value="true" />
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code" />
  </Installation>
  <Dependencies />
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" \
Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" \
Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" \
Addressable="true" />
  </Assets>
</PackageManifest>
"""


def content_types() -> str:
    """The type of every kind of file in the package."""
    defaults = "".join(
        f'<Default Extension="{suffix}" ContentType="{kind}" />' for suffix, kind in TYPES.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f"{defaults}</Types>\n"
    )


def write(path: Path) -> None:
    """Writes the package."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files().items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, data)


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("rasp-language.vsix")
    write(out)
    print(f"wrote {out}: code --install-extension {out}")
