/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include "ui/machine-mark.h"

#include <glib/gi18n.h>

const char *
dio_image_sheet_name_format (const DioImageReport *report)
{
  static const struct
  {
    const char *format, *name;
  } names[] = {
    { "qcow2", N_ ("QCOW2 (QEMU)") },    { "qcow", N_ ("QCOW (an old QEMU)") },    { "qed", N_ ("QED (an old QEMU)") },
    { "vmdk", N_ ("VMDK (VMware)") },    { "vdi", N_ ("VDI (VirtualBox)") },       { "vpc", N_ ("VHD (Microsoft)") },
    { "vhdx", N_ ("VHDX (Microsoft)") }, { "luks", N_ ("Encrypted disk (LUKS)") },
  };

  if (report->flags & DIO_IMAGE_OPTICAL)
    return _ ("Disc (ISO)");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (report->files[0]->format, names[i].format) == 0)
      return _ (names[i].name);
  return _ ("Raw disk");
}

static gboolean
has_format (const DioImageReport *report)
{
  return report->files[0]->format && report->files[0]->virtual_size > 0;
}

static char *
dup_size (const DioImageReport *report)
{
  g_autofree char *size = g_format_size (report->files[0]->virtual_size);
  g_autofree char *used = g_format_size (report->files[0]->used);

  /* Translators: how large a disk is, and how much room its file takes */
  return report->flags & DIO_IMAGE_OPTICAL ? g_steal_pointer (&size) : g_strdup_printf (_ ("%s, %s used"), size, used);
}

/* (nullable): not known (yet) */
static const char *
name_firmware (DioImageSheet *self)
{
  DioImageBoot boot =
      ((DioSheetFile *) self->files->pdata[0])->insides ? ((DioSheetFile *) self->files->pdata[0])->insides->boot : 0;

  if (boot & DIO_IMAGE_BOOT_BIOS && boot & DIO_IMAGE_BOOT_UEFI)
    return _ ("UEFI or BIOS");
  if (!self->guess.firmware_known)
    return NULL;
  return self->guess.recommendation.firmware == DIO_FIRMWARE_BIOS ? _ ("BIOS") : _ ("UEFI");
}

/* --- at the top --- */

static void
show_picture (DioImageSheet *self, const char *name)
{
  g_autoptr (DioMachineMark) mark = dio_machine_mark_new (GTK_WIDGET (self), name);

  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (mark));
}

static void
show_line (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
}

static char *
dup_facts (DioImageSheet *self, const DioImageReport *report)
{
  g_autofree char *size = dup_size (report);
  const char *format = dio_image_sheet_name_format (report), *firmware = name_firmware (self);

  return firmware ? g_strdup_printf ("%s · %s · %s", format, size, firmware)
                  : g_strdup_printf ("%s · %s", format, size);
}

static void
show_one (DioImageSheet *self)
{
  const DioSheetFile *file = self->files->pdata[0];
  const DioImageReport *report = dio_sheet_file_get_report (file);
  g_autofree char *base = g_filename_display_basename (file->path);
  g_autofree char *shown = g_filename_display_name (report ? report->files[0]->host_path : file->path);
  g_autofree char *facts = report && has_format (report) ? dup_facts (self, report) : NULL;
  gboolean usable = report && (report->problem == DIO_IMAGE_GOOD || report->problem == DIO_IMAGE_ENCRYPTED);
  const char *system = NULL;

  if (self->guess.os_name)
    system = self->guess.os_name;
  else if (usable && dio_image_sheet_is_looking (self))
    system = _ ("Looking inside…");
  else if (usable)
    system = report->problem == DIO_IMAGE_ENCRYPTED && !file->insides ? _ ("Encrypted") : _ ("Unknown system");
  show_picture (self, self->guess.os_name ? self->guess.os_name : base);
  /* What is no disk, or cannot be one here, has none. */
  gtk_widget_set_visible (GTK_WIDGET (self->picture), !report || usable);
  gtk_label_set_text (self->name, base);
  show_line (self->system, system);
  show_line (self->facts, facts);
  show_line (self->location, shown);
}

static void
show_several (DioImageSheet *self)
{
  guint n = self->files->len;
  /* Translators: disk images that were opened together */
  g_autofree char *question =
      g_strdup_printf (ngettext ("One Machine With %u Disk?", "One Machine With %u Disks?", n), n);

  show_picture (self, self->guess.os_name ? self->guess.os_name : dio_image_options_get_name (self->options_page));
  gtk_label_set_text (self->name, question);
  show_line (self->system, self->guess.os_name);
  show_line (self->facts, NULL);
  show_line (self->location, NULL);
}

void
dio_image_sheet_show_facts (DioImageSheet *self)
{
  if (self->files->len > 1)
    show_several (self);
  else
    show_one (self);
  adw_dialog_set_title (ADW_DIALOG (self), gtk_label_get_text (self->name));
}

/* --- several --- */

/* The focus stays with the file. */
static void
move (DioSheetFile *file, int by)
{
  DioImageSheet *self = file->sheet;
  guint i, to;

  if (!g_ptr_array_find (self->files, file, &i))
    return;
  to = i + (guint) by; /* below the first it is larger than any */
  if (to >= self->files->len)
    return;
  self->files->pdata[i] = self->files->pdata[to];
  self->files->pdata[to] = file;
  dio_image_sheet_update (self);
  gtk_widget_child_focus (self->file_rows->pdata[to], GTK_DIR_TAB_FORWARD);
}

static void
on_up (GtkButton *button, DioSheetFile *file)
{
  move (file, -1);
}

static void
on_down (GtkButton *button, DioSheetFile *file)
{
  move (file, 1);
}

static GtkWidget *
new_mover (DioSheetFile *file, const char *icon, const char *name, GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, name);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect (button, "clicked", callback, file);
  return button;
}

static char *
dup_file_text (const DioSheetFile *file)
{
  const DioImageReport *report = dio_sheet_file_get_report (file);
  g_autofree char *size = NULL;

  if (!report)
    return g_strdup (_ ("Being looked at…"));
  if (report->problem != DIO_IMAGE_GOOD && report->problem != DIO_IMAGE_ENCRYPTED)
    return g_strdup (report->sentence);
  size = dup_size (report);
  return g_strdup_printf ("%s · %s", dio_image_sheet_name_format (report), size);
}

static GtkWidget *
new_file_row (DioImageSheet *self, guint i)
{
  DioSheetFile *file = self->files->pdata[i];
  g_autofree char *base = g_filename_display_basename (file->path);
  g_autofree char *text = dup_file_text (file);
  g_autofree char *move_up = g_strdup_printf (_ ("Move %s Up"), base);
  g_autofree char *move_down = g_strdup_printf (_ ("Move %s Down"), base);
  GtkWidget *row = adw_action_row_new (), *up, *down;

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), base);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  up = new_mover (file, "go-up-symbolic", move_up, G_CALLBACK (on_up));
  down = new_mover (file, "go-down-symbolic", move_down, G_CALLBACK (on_down));
  gtk_widget_set_sensitive (up, i > 0);
  gtk_widget_set_sensitive (down, i + 1 < self->files->len);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), up);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), down);
  return row;
}

/* Only when they say something else: a button that has the focus keeps it. */
void
dio_image_sheet_show_files (DioImageSheet *self)
{
  g_autoptr (GString) all = g_string_new (NULL);

  gtk_widget_set_visible (GTK_WIDGET (self->group), self->files->len > 1);
  for (guint i = 0; i < self->files->len; i++)
    {
      g_autofree char *text = dup_file_text (self->files->pdata[i]);

      g_string_append_printf (all, "%p%s\n", self->files->pdata[i], text);
    }
  if (self->files->len < 2 || g_strcmp0 (all->str, self->files_shown) == 0)
    return;
  g_set_str (&self->files_shown, all->str);
  for (guint i = 0; i < self->file_rows->len; i++)
    adw_preferences_group_remove (self->group, self->file_rows->pdata[i]);
  g_ptr_array_set_size (self->file_rows, 0);
  for (guint i = 0; i < self->files->len; i++)
    {
      GtkWidget *row = new_file_row (self, i);

      adw_preferences_group_add (self->group, row);
      g_ptr_array_add (self->file_rows, row);
    }
}

/* --- details --- */

static void
add_row (DioImageSheet *self, GtkWidget *row)
{
  adw_expander_row_add_row (self->details, row);
  g_ptr_array_add (self->detail_rows, row);
}

/* TEXT: (nullable): no row. */
static void
add_fact (DioImageSheet *self, const char *title, const char *text)
{
  GtkWidget *row;

  if (!text)
    return;
  row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
  gtk_widget_add_css_class (row, "property");
  add_row (self, row);
}

static void
add_chain (DioImageSheet *self, const DioImageReport *report)
{
  for (guint i = 0; i < report->n_files; i++)
    {
      g_autofree char *shown = g_filename_display_name (report->files[i]->host_path);

      add_fact (self, i == 0 ? _ ("File") : _ ("Written Over"), shown);
    }
}

static void
add_partitions (DioImageSheet *self, const DioImageInsides *insides)
{
  for (guint i = 0; i < insides->n_partitions; i++)
    {
      const DioImagePartition *partition = &insides->partitions[i];
      g_autofree char *title = g_strdup_printf (_ ("Partition %u"), i + 1);
      g_autofree char *size = g_format_size (partition->size);
      g_autoptr (GString) text = g_string_new (size);

      if (partition->file_system)
        g_string_append_printf (text, " · %s", partition->file_system);
      if (partition->label && *partition->label)
        g_string_append_printf (text, " · “%s”", partition->label);
      if (partition->type)
        g_string_append_printf (text, " · %s", partition->type);
      add_fact (self, title, text->str);
    }
}

typedef struct
{
  DioSheetFile *file;
  char *id;
} Snapshot;

static void
snapshot_free (gpointer data, GClosure *closure)
{
  g_free (((Snapshot *) data)->id);
  g_free (data);
}

static void
on_snapshot (GtkButton *button, Snapshot *snapshot)
{
  dio_sheet_file_start_from (snapshot->file, snapshot->id);
}

static void
add_snapshot (DioImageSheet *self, DioSheetFile *file, const DioImageSnapshot *snapshot)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (snapshot->date);
  g_autofree char *date = time ? g_date_time_format (time, "%x %X") : NULL;
  g_autofree char *label = g_strdup_printf (_ ("Start from “%s”"), snapshot->name);
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new_with_mnemonic (_ ("Start from _It"));
  Snapshot *one = g_new (Snapshot, 1);

  *one = (Snapshot) { file, g_strdup (snapshot->id) };
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), *snapshot->name ? snapshot->name : snapshot->id);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), date ? date : "");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  /* Its own text would go before. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_snapshot), one, snapshot_free, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  add_row (self, row);
}

static void
add_details (DioImageSheet *self, DioSheetFile *file, const DioImageReport *report)
{
  g_autofree char *version =
      report->files[0]->version > 0
          ? g_strdup_printf ("%s, %u", dio_image_sheet_name_format (report), report->files[0]->version)
          : NULL;
  g_autofree char *size = dup_size (report);

  add_fact (self, _ ("Format"), version ? version : dio_image_sheet_name_format (report));
  add_fact (self, _ ("Size"), size);
  add_chain (self, report);
  if (file->insides)
    add_partitions (self, file->insides);
  add_fact (self, _ ("Processor"), file->insides ? file->insides->arch : NULL);
  add_fact (self, _ ("Its Inside"), file->insides_problem);
  add_fact (self, _ ("Check"), file->check);
  for (guint i = 0; i < report->n_snapshots; i++)
    add_snapshot (self, file, &report->snapshots[i]);
}

void
dio_image_sheet_show_details (DioImageSheet *self)
{
  for (guint i = 0; i < self->detail_rows->len; i++)
    adw_expander_row_remove (self->details, self->detail_rows->pdata[i]);
  g_ptr_array_set_size (self->detail_rows, 0);
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioImageReport *report = dio_sheet_file_get_report (self->files->pdata[i]);

      if (report && has_format (report))
        add_details (self, self->files->pdata[i], report);
    }
}
