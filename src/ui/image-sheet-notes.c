/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MIB (1024 * (guint64) 1024)
/* What a disk should be able to grow by before somebody is told. */
#define LITTLE_ROOM (1000 * 1000 * 1000)

/* One thing to know before the start, and what can be done about it. */
typedef struct
{
  DioSheetFile *file;
  char *text;
  gboolean warning; /* else it is only said */
  struct
  {
    const char *label; /* (nullable) */
    DioSheetRemedy remedy;
  } buttons[2];
} Note;

static void
note_free (Note *note)
{
  g_free (note->text);
  g_free (note);
}

/* TEXT: (transfer full). */
static Note *
add (GPtrArray *notes, DioSheetFile *file, gboolean warning, char *text)
{
  Note *note = g_new0 (Note, 1);

  note->file = file;
  note->warning = warning;
  note->text = text;
  g_ptr_array_add (notes, note);
  return note;
}

static void
offer (Note *note, const char *label, DioSheetRemedy remedy)
{
  guint i = note->buttons[0].label ? 1 : 0;

  note->buttons[i].label = label;
  note->buttons[i].remedy = remedy;
}

/* --- what keeps it from being used --- */

static void
add_problem (GPtrArray *notes, DioSheetFile *file, const DioImageReport *report)
{
  Note *note;

  if (report->problem == DIO_IMAGE_GOOD)
    return;
  if (report->problem == DIO_IMAGE_ENCRYPTED)
    {
      if (!file->passphrase || file->locked)
        offer (add (notes, file, FALSE, g_strdup (file->locked ? file->insides_problem : report->sentence)),
               _ ("_Enter Passphrase…"), dio_sheet_file_unlock);
      return;
    }
  note = add (notes, file, TRUE, g_strdup (report->sentence));
  switch (report->problem)
    {
    case DIO_IMAGE_COMPRESSED:
      note->warning = FALSE;
      offer (note, _ ("_Unpack"), dio_sheet_file_unpack);
      break;
    case DIO_IMAGE_PARENT_MISSING:
      offer (note, _ ("_Locate…"), dio_sheet_file_locate);
      offer (note, _ ("Locate Its _Folder…"), dio_sheet_file_locate_folder);
      break;
    case DIO_IMAGE_CORRUPT:
      offer (note, _ ("_Repair a Copy"), dio_sheet_file_repair);
      break;
    case DIO_IMAGE_UNREADABLE:
    case DIO_IMAGE_TRUNCATED: /* it may still be on its way */
    case DIO_IMAGE_EMPTY:
      offer (note, _ ("Try _Again"), dio_sheet_file_look);
      break;
    case DIO_IMAGE_GOOD:
    case DIO_IMAGE_WEB_PAGE:
    case DIO_IMAGE_LFS_POINTER:
    case DIO_IMAGE_TEXT:
    case DIO_IMAGE_PACKED:
    case DIO_IMAGE_OTHER_FILE:
    case DIO_IMAGE_UNKNOWN:
    case DIO_IMAGE_OTHER_FORMAT:
    case DIO_IMAGE_NEWER:
    case DIO_IMAGE_BROKEN:
    case DIO_IMAGE_REFERS:
    case DIO_IMAGE_PARENT_UNDECLARED:
    case DIO_IMAGE_PARENT_BAD:
    case DIO_IMAGE_PARENT_LOOP:
    case DIO_IMAGE_ENCRYPTED:
    default:
      break;
    }
}

static void
add_foreign (GPtrArray *notes, DioSheetFile *file, const char *arch)
{
  static const struct
  {
    const char *arch, *name;
  } names[] = { { "aarch64", N_ ("64-bit Arm (aarch64)") },           { "arm64", N_ ("64-bit Arm (aarch64)") },
                { "ia32", N_ ("PCs whose UEFI has 32 bits (ia32)") }, { "riscv64", N_ ("64-bit RISC-V (riscv64)") },
                { "ppc64le", N_ ("64-bit POWER (ppc64le)") },         { "s390x", N_ ("IBM Z (s390x)") } };
  const char *name = arch;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].arch, arch))
      name = _ (names[i].name);
  add (
      notes, file, TRUE,
      g_strdup_printf (_ ("This system is for other processors: %s. Diorama runs those of PCs (x86_64). Get the system "
                          "for PCs, or start this one on a computer with such a processor."),
                       name));
}

static void
add_hindrances (DioImageSheet *self, GPtrArray *notes, DioSheetFile *file)
{
  Note *note = NULL;

  if (file->inquiry->holder)
    offer (add (notes, file, TRUE, g_strdup (file->inquiry->holder)), _ ("Try _Again"), dio_sheet_file_look);
  else if (file->use == DIO_IMAGE_USE_LAYER)
    {
      note = add (notes, file, TRUE, dio_image_sheet_dup_hindrance (self));
      offer (note, _ ("Make a _Linked Machine…"), dio_sheet_file_link);
    }
  else if (file->use == DIO_IMAGE_USE_DISK && self->files->len > 1)
    add (notes, file, TRUE, dio_image_sheet_dup_hindrance (self));
  else if (file->check)
    {
      note = add (notes, file, file->damaged, g_strdup (file->check));
      if (file->damaged)
        offer (note, _ ("_Repair a Copy"), dio_sheet_file_repair);
    }
}

/* --- what is good to know --- */

/* What was changed is found again, or it is told before anything starts. */
static void
add_overlay (GPtrArray *notes, DioSheetFile *file)
{
  switch (file->inquiry->overlay)
    {
    case DIO_IMAGE_OVERLAY_KEPT:
      add (notes, file, FALSE,
           g_strdup (_ ("The image may not be written. What was changed in it before is in a file of its own and is "
                        "used again.")));
      break;
    case DIO_IMAGE_OVERLAY_STALE:
      add (notes, file, TRUE,
           g_strdup (_ ("The image may not be written, and it is not as it was when changes were kept apart from it. "
                        "They do not fit any more: you are asked before they are discarded.")));
      break;
    case DIO_IMAGE_OVERLAY_UNNEEDED:
    case DIO_IMAGE_OVERLAY_NONE:
    default:
      add (notes, file, FALSE,
           g_strdup (_ ("The image may not be written. Changes go to a file of their own, which is used again when the "
                        "image is opened again.")));
      break;
    }
}

static void
add_drive (GPtrArray *notes, DioSheetFile *file, const DioImageReport *report)
{
  guint64 size = report->files[0]->virtual_size, used = report->files[0]->used;
  g_autofree char *room = g_format_size (file->inquiry->free);
  g_autofree char *whole = g_format_size (size);

  if (report->flags & DIO_IMAGE_OPTICAL)
    return;
  if (report->flags & DIO_IMAGE_READ_ONLY)
    add_overlay (notes, file);
  else if (size > used && file->inquiry->free < size - used && file->inquiry->free < LITTLE_ROOM)
    add (notes, file, TRUE,
         g_strdup_printf (_ ("Only %s are free on its drive, and the disk may grow to %s. The machine is paused when "
                             "there is no room left: make some first."),
                          room, whole));
  if (report->flags & DIO_IMAGE_REMOVABLE)
    add (notes, file, FALSE,
         file->inquiry->fat
             ? g_strdup (_ ("It is on a drive that can be taken out: shut the machine down before you do. No file on "
                            "that drive can become larger than 4.3 GB."))
             : g_strdup (_ ("It is on a drive that can be taken out: shut the machine down before you do.")));
  if (report->flags & DIO_IMAGE_PORTAL)
    add (notes, file, FALSE,
         g_strdup (_ ("Diorama may use this file for now only, and writes to it several times slower than to a file of "
                      "its own. To use it often, add it to the library as a copy.")));
}

static void
add_computer (DioImageSheet *self, GPtrArray *notes, DioSheetFile *file)
{
  guint64 memory = dio_image_options_get_memory (self->options_page) * MIB;
  g_autofree char *wanted = g_format_size (memory);
  g_autofree char *room = g_format_size (file->inquiry->memory);

  if (file->inquiry->kvm)
    add (notes, file, FALSE,
         g_strdup_printf (_ ("The machine will be slow: its processor is emulated. %s"), file->inquiry->kvm));
  if (memory <= file->inquiry->memory)
    return;
  offer (
      add (notes, file, TRUE,
           g_strdup_printf (_ ("The machine is to have %s of memory, but only %s are free on this computer now. Close "
                               "other programs, or give it less."),
                            wanted, room)),
      _ ("Give It _Less"), dio_sheet_file_use_less_memory);
}

static void
add_format (DioImageSheet *self, GPtrArray *notes, DioSheetFile *file, const DioImageReport *report)
{
  g_autofree char *ending = NULL;
  const char *dot = strrchr (file->path, '.');

  if (report->flags & DIO_IMAGE_MISNAMED && dot)
    {
      ending = g_filename_display_name (dot);
      add (notes, file, FALSE,
           g_strdup_printf (_ ("Its name ends in “%s”, but that is not what it is (%s). It works all the same."),
                            ending, dio_image_sheet_name_format (report)));
    }
  if (report->n_snapshots > 0)
    add (notes, file, FALSE,
         g_strdup_printf (ngettext ("It holds %u snapshot of itself, listed in the details. Starting goes on from its "
                                    "present state.",
                                    "It holds %u snapshots of itself, listed in the details. Starting goes on from its "
                                    "present state.",
                                    report->n_snapshots),
                          report->n_snapshots));
  if (!self->guess.bootable && self->files->pdata[0] == file)
    add (notes, file, TRUE,
         g_strdup (_ ("Nothing was found on it that a computer could start from. It may be a disk for data only.")));
}

/* --- all of them --- */

static GPtrArray *
list_notes (DioImageSheet *self)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func ((GDestroyNotify) note_free);
  gboolean usable = dio_image_sheet_is_usable (self);

  for (guint i = 0; i < self->files->len; i++)
    {
      DioSheetFile *file = self->files->pdata[i];
      const DioImageReport *report = dio_sheet_file_get_report (file);

      if (!report || !file->use_known)
        continue;
      add_problem (notes, file, report);
      if (report->problem != DIO_IMAGE_GOOD && report->problem != DIO_IMAGE_ENCRYPTED)
        continue;
      if (self->guess.foreign && i == 0)
        add_foreign (notes, file, self->guess.foreign);
      add_hindrances (self, notes, file);
      if (!usable)
        continue;
      add_format (self, notes, file, report);
      add_drive (notes, file, report);
      if (i == 0)
        add_computer (self, notes, file);
    }
  return notes;
}

static void
on_clicked (GtkButton *button, Note *note)
{
  note->buttons[g_str_equal (gtk_button_get_label (button), note->buttons[0].label) ? 0 : 1].remedy (note->file);
}

static void
free_closure (gpointer data, GClosure *closure)
{
  note_free (data);
}

static GtkWidget *
new_button (DioImageSheet *self, const Note *note, guint i)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (note->buttons[i].label);
  Note *copy = g_new (Note, 1);

  *copy = *note;
  copy->text = NULL;
  gtk_widget_add_css_class (button, "remedy");
  if (i == 0 && !gtk_widget_get_visible (self->start))
    {
      gtk_widget_add_css_class (button, "suggested-action");
      adw_dialog_set_focus (ADW_DIALOG (self), button);
    }
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_clicked), copy, free_closure, 0);
  return button;
}

/* Where several files are open, which one is meant is said, too. */
static char *
dup_text (DioImageSheet *self, const Note *note)
{
  g_autofree char *base = g_filename_display_basename (note->file->path);

  return self->files->len > 1 ? g_strdup_printf ("%s: %s", base, note->text) : g_strdup (note->text);
}

static GtkWidget *
new_buttons (DioImageSheet *self, const Note *note)
{
  GtkWidget *buttons = adw_wrap_box_new ();

  adw_wrap_box_set_child_spacing (ADW_WRAP_BOX (buttons), 9);
  adw_wrap_box_set_line_spacing (ADW_WRAP_BOX (buttons), 9);
  for (guint i = 0; i < G_N_ELEMENTS (note->buttons) && note->buttons[i].label; i++)
    adw_wrap_box_append (ADW_WRAP_BOX (buttons), new_button (self, note, i));
  return buttons;
}

static GtkWidget *
new_note (DioImageSheet *self, const Note *note)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  GtkWidget *icon =
      gtk_image_new_from_icon_name (note->warning ? "dialog-warning-symbolic" : "dialog-information-symbolic");
  g_autofree char *text = dup_text (self, note);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  note->warning ? _ ("Warning") : _ ("Note"), -1);
  gtk_box_append (GTK_BOX (column), label);
  if (note->buttons[0].label)
    gtk_box_append (GTK_BOX (column), new_buttons (self, note));
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), column);
  gtk_widget_add_css_class (box, "note");
  if (note->warning)
    gtk_widget_add_css_class (box, "attention");
  return box;
}

/* Only when they say something else: a button that has the focus keeps it. */
void
dio_image_sheet_show_notes (DioImageSheet *self)
{
  g_autoptr (GPtrArray) notes = list_notes (self);
  g_autoptr (GString) all = g_string_new (self->job ? "working" : NULL);
  gboolean other = gtk_widget_get_visible (self->start); /* than these is suggested */
  GtkWidget *child;

  g_string_append_c (all, other ? '+' : '-');
  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (all, "%p%s\n%s", (void *) ((Note *) notes->pdata[i])->file,
                            ((Note *) notes->pdata[i])->text, ((Note *) notes->pdata[i])->buttons[0].label);
  if (g_strcmp0 (all->str, self->notes_shown) == 0)
    return;
  g_set_str (&self->notes_shown, all->str);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->notes))))
    gtk_box_remove (self->notes, child);
  for (guint i = 0; i < notes->len && !self->job; i++)
    {
      const Note *note = notes->pdata[i];

      gtk_box_append (self->notes, new_note (self, note));
      if (note->warning)
        gtk_accessible_announce (GTK_ACCESSIBLE (self), note->text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->notes), notes->len > 0 && !self->job);
}
