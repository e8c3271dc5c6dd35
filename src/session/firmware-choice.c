/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/firmware-choice.h"

#include "session/state-file.h"

#define FOLDER "firmware"
#define VERSION 1

void
dio_firmware_choice_recall (DioMachineConfig *config)
{
  g_autoptr (DioStateFile) file = dio_state_file_new (FOLDER, dio_machine_config_get_uuid (config));
  g_autoptr (JsonObject) object = dio_state_file_read (file, VERSION);
  g_autoptr (GEnumClass) kinds = g_type_class_ref (DIO_TYPE_FIRMWARE);
  const char *text = object ? dio_state_file_get_string (object, "firmware") : NULL;
  GEnumValue *kind = text ? g_enum_get_value_by_nick (kinds, text) : NULL;

  if (kind)
    g_object_set (config, "firmware", kind->value, NULL);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_state_file_save_finish (DIO_STATE_FILE (source), result, &error))
    g_debug ("The choice of the firmware is not kept: %s", error->message);
}

void
dio_firmware_choice_keep (DioMachineConfig *config)
{
  g_autoptr (DioStateFile) file = dio_state_file_new (FOLDER, dio_machine_config_get_uuid (config));
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (GEnumClass) kinds = g_type_class_ref (DIO_TYPE_FIRMWARE);
  GEnumValue *kind = g_enum_get_value (kinds, (int) dio_machine_config_get_firmware (config));

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  json_builder_set_member_name (json, "firmware");
  json_builder_add_string_value (json, kind->value_nick);
  json_builder_end_object (json);
  dio_state_file_set (file, json);
  dio_state_file_save_async (file, on_saved, NULL);
}
