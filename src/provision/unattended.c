/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/unattended.h"

#include "library/durable-file.h"
#include "provision/install-media.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <osinfo/osinfo.h>
#include <string.h>

#define PROFILE "desktop"
#define MAX_USER 32
#define MAX_PASSWORD 128
/* Windows' names of computers are the shortest. */
#define MAX_HOST_NAME 15
#define DEFAULT_HOST_NAME "diorama"

/* What a script may ask for that is known here. */
static const char *const answers[] = {
  OSINFO_INSTALL_CONFIG_PROP_HARDWARE_ARCH,  OSINFO_INSTALL_CONFIG_PROP_L10N_KEYBOARD,
  OSINFO_INSTALL_CONFIG_PROP_L10N_LANGUAGE,  OSINFO_INSTALL_CONFIG_PROP_L10N_TIMEZONE,
  OSINFO_INSTALL_CONFIG_PROP_ADMIN_PASSWORD, OSINFO_INSTALL_CONFIG_PROP_USER_LOGIN,
  OSINFO_INSTALL_CONFIG_PROP_USER_PASSWORD,  OSINFO_INSTALL_CONFIG_PROP_USER_REALNAME,
  OSINFO_INSTALL_CONFIG_PROP_HOSTNAME,       OSINFO_INSTALL_CONFIG_PROP_TARGET_DISK,
  OSINFO_INSTALL_CONFIG_PROP_REG_PRODUCTKEY, NULL
};

/* --- which scripts --- */

static gboolean
asks_for_more (OsinfoInstallScript *script)
{
  g_autoptr (GList) params = osinfo_install_script_get_config_param_list (script);

  for (GList *l = params; l; l = l->next)
    if (osinfo_install_config_param_is_required (l->data) &&
        !g_strv_contains (answers, osinfo_install_config_param_get_name (l->data)))
      return TRUE;
  return FALSE;
}

/* How the answers reach the installer of MEDIA: a RAM disk that Linux unpacks, or a disc that Windows looks for. */
static OsinfoInstallScriptInjectionMethod
choose_method (DioOsMedia *media)
{
  OsinfoMedia *osinfo = dio_os_media_get_osinfo (media);

  if (osinfo_media_get_kernel_path (osinfo) && osinfo_media_get_initrd_path (osinfo))
    return OSINFO_INSTALL_SCRIPT_INJECTION_METHOD_INITRD;
  return OSINFO_INSTALL_SCRIPT_INJECTION_METHOD_CDROM;
}

/* The scripts for MEDIA, all of which are needed; empty when one of them is not for us. (transfer full) */
static GPtrArray *
find_scripts (DioOsMedia *media)
{
  OsinfoMedia *osinfo = dio_os_media_get_osinfo (media);
  g_autoptr (OsinfoInstallScriptList) own = osinfo_media_get_install_script_list (osinfo);
  g_autoptr (OsinfoInstallScriptList) all =
      osinfo_os_get_install_script_list (dio_os_get_osinfo (dio_os_media_get_os (media)));
  OsinfoList *list = OSINFO_LIST (osinfo_list_get_length (OSINFO_LIST (own)) > 0 ? own : all);
  GPtrArray *scripts = g_ptr_array_new_with_free_func (g_object_unref);

  for (int i = 0; i < osinfo_list_get_length (list); i++)
    {
      OsinfoInstallScript *script = OSINFO_INSTALL_SCRIPT (osinfo_list_get_nth (list, i));

      if (g_strcmp0 (osinfo_install_script_get_profile (script), PROFILE) != 0)
        continue;
      g_ptr_array_add (scripts, g_object_ref (script));
      if ((osinfo_install_script_get_injection_methods (script) & choose_method (media)) && !asks_for_more (script))
        continue;
      g_ptr_array_set_size (scripts, 0);
      break;
    }
  return scripts;
}

DioUnattendedOffer
dio_unattended_offered (DioOsMedia *media)
{
  g_autoptr (GPtrArray) scripts = NULL;
  OsinfoInstallConfigParam *key;
  gboolean needs_key = FALSE;

  if (!dio_os_media_get_os (media) || !dio_os_media_get_installer (media) ||
      !osinfo_media_supports_installer_script (dio_os_media_get_osinfo (media)))
    return DIO_UNATTENDED_NOT;
  scripts = find_scripts (media);
  for (guint i = 0; i < scripts->len; i++)
    {
      key = osinfo_install_script_get_config_param (scripts->pdata[i], OSINFO_INSTALL_CONFIG_PROP_REG_PRODUCTKEY);
      needs_key |= key && osinfo_install_config_param_is_required (key);
    }
  if (scripts->len == 0)
    return DIO_UNATTENDED_NOT;
  return needs_key ? DIO_UNATTENDED_PRODUCT_KEY : DIO_UNATTENDED_READY;
}

/* --- the answers --- */

gboolean
dio_unattended_check_user (const char *user, GError **error)
{
  if (g_ascii_islower (*user) && strlen (user) <= MAX_USER &&
      user[strspn (user, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0' && !g_str_equal (user, "root"))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("A user name begins with a letter from a to z and has up to %d of these, digits, “-” and “_”."),
               MAX_USER);
  return FALSE;
}

/* Scripts put it into shell commands, into lines and into XML. */
gboolean
dio_unattended_check_password (const char *password, GError **error)
{
  const char *problem = NULL;

  if (!*password)
    problem = _ ("Without a password nobody could log in. Write one.");
  else if (strlen (password) > MAX_PASSWORD || !g_utf8_validate (password, -1, NULL))
    problem = _ ("This password is too long. Write a shorter one.");
  else if (g_ascii_isspace (*password) || g_ascii_isspace (password[strlen (password) - 1]))
    problem = _ ("Installers would lose the space at the end of this password. Write another one.");
  for (const char *p = password; *p && !problem; p = g_utf8_next_char (p))
    if (strchr ("'\"\\`$", *p) || g_unichar_iscntrl (g_utf8_get_char (p)))
      problem = _ ("Installers do not understand all characters. Write a password without quotes, “\\”, “`” and “$”.");
  if (!problem)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problem);
  return FALSE;
}

/* As Microsoft prints them: five groups of five. */
static gboolean
check_product_key (const char *key, GError **error)
{
  if (g_regex_match_simple ("^[A-Za-z0-9]{5}(-[A-Za-z0-9]{5}){4}$", key, 0, 0))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("A product key has five groups of five letters and digits: XXXXX-XXXXX-XXXXX-XXXXX-XXXXX."));
  return FALSE;
}

gboolean
dio_unattended_check (const DioUnattended *choice, GError **error)
{
  return dio_unattended_check_user (choice->user, error) && dio_unattended_check_password (choice->password, error) &&
         (!choice->product_key || check_product_key (choice->product_key, error));
}

/* "de_DE"; only what is safe in a script. */
static const char *
find_language (void)
{
  for (const char *const *names = g_get_language_names (); *names; names++)
    if (g_regex_match_simple ("^[a-z]{2,3}_[A-Z]{2}$", *names, 0, 0))
      return *names;
  return "en_US";
}

static char *
find_timezone (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  const char *name = g_time_zone_get_identifier (zone);

  if (name && g_regex_match_simple ("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", name, 0, 0))
    return g_strdup (name);
  return g_strdup ("Etc/UTC");
}

static char *
make_host_name (const char *text)
{
  g_autofree char *ascii = g_str_to_ascii (text ? text : "", NULL);
  GString *name = g_string_new (NULL);

  for (const char *p = ascii; *p && name->len < MAX_HOST_NAME; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, g_ascii_tolower (*p));
    else if (name->len > 0 && name->str[name->len - 1] != '-' && name->len < MAX_HOST_NAME - 1)
      g_string_append_c (name, '-');
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  /* A name of digits only would be taken for an address. */
  if (strspn (name->str, "0123456789-") == name->len)
    g_string_assign (name, DEFAULT_HOST_NAME);
  return g_string_free (name, FALSE);
}

static const char *
name_target_disk (DioOsMedia *media, DioDiskBus bus)
{
  if (g_str_equal (dio_os_get_family (dio_os_media_get_os (media)), "winnt"))
    return "C";
  switch (bus)
    {
    case DIO_DISK_BUS_VIRTIO:
      return "/dev/vda";
    case DIO_DISK_BUS_NVME:
      return "/dev/nvme0n1";
    default:
      return "/dev/sda";
    }
}

/* Everything but the secrets. The keyboard, where a layout is not in SCRIPT's map, follows from the language. */
static OsinfoInstallConfig *
new_answers (DioOsMedia *media, OsinfoInstallScript *script, const DioUnattended *choice)
{
  OsinfoInstallConfig *config = osinfo_install_config_new ("http://diorama.app/install-config");
  OsinfoInstallConfigParam *keyboard =
      osinfo_install_script_get_config_param (script, OSINFO_INSTALL_CONFIG_PROP_L10N_KEYBOARD);
  gboolean mapped = keyboard && osinfo_install_config_param_get_value_map (keyboard);
  const char *arch = dio_os_media_get_arch (media);
  const char *language = find_language ();
  g_autofree char *timezone = find_timezone (), *host_name = make_host_name (choice->host_name);

  osinfo_install_config_set_hardware_arch (config, arch && !g_str_equal (arch, "all") ? arch : "x86_64");
  osinfo_install_config_set_l10n_language (config, language);
  osinfo_install_config_set_l10n_timezone (config, timezone);
  osinfo_install_config_set_l10n_keyboard (config, mapped ? language : choice->keyboard ? choice->keyboard : "us");
  osinfo_install_config_set_user_login (config, choice->user);
  osinfo_install_config_set_user_realname (config, choice->user);
  osinfo_install_config_set_user_administrator (config, TRUE);
  osinfo_install_config_set_hostname (config, host_name);
  osinfo_install_config_set_target_disk (config, name_target_disk (media, choice->disk_bus));
  return config;
}

static void
add_secrets (OsinfoInstallConfig *config, const DioUnattended *choice)
{
  osinfo_install_config_set_user_password (config, choice->password);
  osinfo_install_config_set_admin_password (config, choice->password);
  if (choice->product_key)
    osinfo_install_config_set_reg_product_key (config, choice->product_key);
}

static gboolean
fail_script (DioOsMedia *media, const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("The answers for installing “%s” could not be written (%s). Install it without “Install by Itself”."),
               dio_os_media_get_name (media), why);
  return FALSE;
}

static GBytes *
generate (DioOsMedia *media, OsinfoInstallScript *script, const DioUnattended *choice, GCancellable *cancellable,
          GError **error)
{
  g_autoptr (OsinfoInstallConfig) config = new_answers (media, script, choice);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) problem = NULL;
  char *text;

  add_secrets (config, choice);
  osinfo_install_script_set_preferred_injection_method (script, choose_method (media));
  g_main_context_push_thread_default (context); /* libosinfo reads asynchronously within */
  text =
      osinfo_install_script_generate_for_media (script, dio_os_media_get_osinfo (media), config, cancellable, &problem);
  g_main_context_pop_thread_default (context);
  if (text)
    return g_bytes_new_take (text, strlen (text));
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&problem));
  else
    fail_script (media, problem ? problem->message : "?", error);
  return NULL;
}

/* --- ways into the installer --- */

/* A command line can be seen by everybody on this computer, so it is made of answers without the secrets. */
static char *
make_kernel_arguments (DioOsMedia *media, OsinfoInstallScript *script, const DioUnattended *choice)
{
  g_autoptr (OsinfoInstallConfig) config = new_answers (media, script, choice);
  g_autofree char *arguments = NULL;

  osinfo_install_script_set_preferred_injection_method (script, OSINFO_INSTALL_SCRIPT_INJECTION_METHOD_INITRD);
  arguments = osinfo_install_script_generate_command_line_for_media (script, dio_os_media_get_osinfo (media), config);
  return g_strdup (arguments ? g_strstrip (arguments) : "");
}

static gboolean
inject_initrd (DioOsMedia *media, const char *iso, GPtrArray *scripts, const DioUnattended *choice, const char *folder,
               DioMachineConfig *config, GCancellable *cancellable, GError **error)
{
  OsinfoMedia *osinfo = dio_os_media_get_osinfo (media);
  g_autofree char *kernel = g_build_filename (folder, "kernel", NULL);
  g_autofree char *initrd = g_build_filename (folder, "initrd", NULL);
  g_autofree char *arguments = NULL;

  if (!dio_iso_extract (iso, osinfo_media_get_kernel_path (osinfo), kernel, cancellable, error) ||
      !dio_iso_extract (iso, osinfo_media_get_initrd_path (osinfo), initrd, cancellable, error))
    return FALSE;
  for (guint i = 0; i < scripts->len; i++)
    {
      g_autoptr (GBytes) content = generate (media, scripts->pdata[i], choice, cancellable, error);

      if (!content ||
          !dio_initrd_append (initrd, osinfo_install_script_get_expected_filename (scripts->pdata[i]), content, error))
        return FALSE;
    }
  arguments = make_kernel_arguments (media, scripts->pdata[0], choice);
  g_object_set (config, "kernel", kernel, "initrd", initrd, "kernel-arguments", arguments, NULL);
  return TRUE;
}

static gboolean
inject_disc (DioOsMedia *media, GPtrArray *scripts, const DioUnattended *choice, const char *folder,
             DioMachineConfig *config, GCancellable *cancellable, GError **error)
{
  g_autofree char *disc = g_build_filename (folder, "answers.iso", NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < scripts->len; i++)
    {
      GBytes *content = generate (media, scripts->pdata[i], choice, cancellable, error);

      if (!content)
        return FALSE;
      g_ptr_array_add (contents, content);
      g_ptr_array_add (names, (char *) osinfo_install_script_get_expected_filename (scripts->pdata[i]));
    }
  g_ptr_array_add (names, NULL);
  if (!dio_iso_write (disc, "DIORAMA", (const char *const *) names->pdata, contents, error))
    return FALSE;
  dio_machine_config_add_cdrom (config, disc);
  return TRUE;
}

gboolean
dio_unattended_prepare (DioOsMedia *media, const char *iso, const DioUnattended *choice, const char *folder,
                        DioMachineConfig *config, GCancellable *cancellable, GError **error)
{
  g_autofree char *own = g_build_filename (folder, DIO_UNATTENDED_FOLDER, NULL);
  g_autoptr (GPtrArray) scripts = NULL;
  gboolean done;

  g_return_val_if_fail (dio_os_media_get_os (media) != NULL, FALSE);

  scripts = find_scripts (media);
  if (scripts->len == 0)
    return fail_script (media, _ ("it does not offer that"), error);
  if (!dio_unattended_check (choice, error))
    return FALSE;
  if (g_mkdir (own, 0700) != 0)
    return fail_script (media, g_strerror (errno), error);
  if (choose_method (media) == OSINFO_INSTALL_SCRIPT_INJECTION_METHOD_INITRD)
    done = inject_initrd (media, iso, scripts, choice, own, config, cancellable, error);
  else
    done = inject_disc (media, scripts, choice, own, config, cancellable, error);
  if (!done)
    dio_durable_remove_tree (own);
  else
    g_object_set (config, "install-folder", own, NULL);
  return done;
}
