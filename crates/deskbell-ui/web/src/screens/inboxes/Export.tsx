// What an inbox captured, as a file: JSON, HAR for a browser's network panel, CSV for a sheet.
import { Download } from "lucide-preact";
import { Menu, MenuItem } from "../../components/Menu";

const FORMATS = ["json", "har", "csv"] as const;

export function Export({ id }: { id: string }) {
  const save = (format: string) => {
    const link = document.createElement("a");
    link.href = `./v2/inboxes/${id}/export?format=${format}`;
    link.download = `${id}.${format}`;
    link.click();
  };
  return (
    <Menu
      label="Export"
      kind="button"
      face={
        <>
          <Download size={14} strokeWidth={2.2} aria-hidden="true" />
          <span>Export</span>
        </>
      }
    >
      {FORMATS.map((format) => (
        <MenuItem key={format} onPress={() => save(format)} test={`export-${format}`}>
          {format.toUpperCase()}
        </MenuItem>
      ))}
    </Menu>
  );
}
