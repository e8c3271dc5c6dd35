/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/share.h"

#include "base/debug.h"
#include "clipboard/echo.h"
#include "clipboard/gate.h"
#include "clipboard/question.h"

/* Nobody needs to be told of what takes less. */
#define WAITING_SECONDS 3

typedef struct
{
  DioClipboardShare *share; /* not owned */
  DioSelection selection;

  DioOffer *host;    /* what the host has copied, whoever may see it */
  DioGate *to_guest; /* that, as the guest sees it; or NULL */
  DioOffer *guest;   /* what the guest has copied */
  DioGate *to_host;  /* that, as the host sees it; or NULL */

  DioEcho *echo;
  GCancellable *checking; /* whether what the guest has copied is the host's; or NULL */
} Side;

struct _DioClipboardShare
{
  GObject parent_instance;

  DioClipboardChannel *channel;
  DioSharing to_guest, to_host;
  gboolean primary;
  gboolean connected;
  guint waiting_id; /* somebody waits, but not long yet */
  gboolean waiting; /* long */
  Side sides[DIO_N_SELECTIONS];
};

enum
{
  PROP_0,
  PROP_TO_GUEST,
  PROP_TO_HOST,
  PROP_PRIMARY,
  PROP_CONNECTED,
  PROP_CHANNEL,
  PROP_WAITING,
  N_PROPS
};

enum
{
  GUEST_OFFER,
  GUEST_READ,
  QUESTION,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_ENUM_TYPE (DioSharing, dio_sharing, G_DEFINE_ENUM_VALUE (DIO_SHARING_OFF, "off"),
                    G_DEFINE_ENUM_VALUE (DIO_SHARING_ASK, "ask"), G_DEFINE_ENUM_VALUE (DIO_SHARING_ON, "on"))

G_DEFINE_FINAL_TYPE (DioClipboardShare, dio_clipboard_share, G_TYPE_OBJECT)

/* --- questions --- */

static void
on_paste_answered (gboolean yes, gpointer user_data)
{
  dio_gate_answer (user_data, yes);
}

static void
on_large_answered (gboolean yes, gpointer user_data)
{
  g_autoptr (DioOffer) offer = user_data;

  dio_offer_agree (offer, yes);
}

static void
ask (DioClipboardShare *self, DioQuestionKind kind, const char *mime_type, guint64 size, DioQuestionAnswered answered,
     gpointer user_data)
{
  g_autoptr (DioClipboardQuestion) question = dio_clipboard_question_new (kind, mime_type, size, answered, user_data);

  g_signal_emit (self, signals[QUESTION], 0, question);
}

static gboolean
on_large (DioOffer *gate, guint64 size, DioClipboardShare *self)
{
  const char *const *types = dio_offer_get_types (gate);

  ask (self, DIO_QUESTION_LARGE, types[0] ? types[0] : "", size, on_large_answered, g_object_ref (gate));
  return TRUE;
}

/* --- what the host has copied --- */

static void
on_guest_reads (DioGate *gate, const char *type, GTask *task, gpointer user_data)
{
  Side *side = user_data;
  DioClipboardShare *self = side->share;

  g_signal_emit (self, signals[GUEST_READ], 0, side->selection, type);
  if (self->to_guest == DIO_SHARING_ASK)
    ask (self, DIO_QUESTION_GUEST_READS, type, 0, on_paste_answered, task);
  else
    dio_gate_answer (task, self->to_guest == DIO_SHARING_ON);
}

static void
on_guest_has_read (DioGate *gate, const char *type, GBytes *content, DioClipboardShare *self)
{
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    if (self->sides[i].to_guest == gate)
      dio_echo_remember (self->sides[i].echo, dio_offer_get_types (DIO_OFFER (gate)), type, content);
}

static gboolean
may_use (DioClipboardShare *self, DioSelection selection, DioSharing sharing)
{
  return sharing != DIO_SHARING_OFF && (selection != DIO_SELECTION_PRIMARY || self->primary);
}

/* Lets the guest see what it may. */
static void
update_to_guest (DioClipboardShare *self, DioSelection selection)
{
  Side *side = &self->sides[selection];
  DioOffer *wanted = may_use (self, selection, self->to_guest) ? side->host : NULL;

  if (side->to_guest && dio_gate_get_offer (side->to_guest) == wanted)
    return;
  if (side->to_guest)
    dio_gate_close (side->to_guest);
  g_clear_object (&side->to_guest);
  if (wanted)
    {
      side->to_guest = DIO_GATE (dio_gate_new (wanted, on_guest_reads, side));
      g_signal_connect_object (side->to_guest, "read", G_CALLBACK (on_guest_has_read), self, 0);
      g_signal_connect_object (side->to_guest, "large", G_CALLBACK (on_large), self, 0);
    }
  if (self->channel)
    dio_clipboard_channel_offer (self->channel, selection, side->to_guest ? DIO_OFFER (side->to_guest) : NULL);
}

static void
stop_checking (Side *side)
{
  if (side->checking)
    g_cancellable_cancel (side->checking);
  g_clear_object (&side->checking);
}

/* --- what the guest has copied --- */

static void
on_host_reads (DioGate *gate, const char *type, GTask *task, gpointer user_data)
{
  DioClipboardShare *self = ((Side *) user_data)->share;

  if (self->to_host == DIO_SHARING_ASK)
    ask (self, DIO_QUESTION_HOST_READS, type, 0, on_paste_answered, task);
  else
    dio_gate_answer (task, self->to_host == DIO_SHARING_ON);
}

static void
set_waiting (DioClipboardShare *self, gboolean waiting)
{
  g_clear_handle_id (&self->waiting_id, g_source_remove);
  if (self->waiting == waiting)
    return;
  self->waiting = waiting;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WAITING]);
}

static void
on_waiting_long (gpointer user_data)
{
  DioClipboardShare *self = user_data;

  self->waiting_id = 0;
  set_waiting (self, TRUE);
}

static void
update_waiting (DioClipboardShare *self)
{
  gboolean reading = FALSE;

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    reading |= self->sides[i].to_host && dio_gate_get_reading (self->sides[i].to_host);
  if (!reading)
    set_waiting (self, FALSE);
  else if (!self->waiting && !self->waiting_id)
    self->waiting_id = g_timeout_add_seconds_once (WAITING_SECONDS, on_waiting_long, self);
}

void
dio_clipboard_share_stop_waiting (DioClipboardShare *self)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_SHARE (self));

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    if (self->sides[i].to_host)
      dio_gate_stop_reading (self->sides[i].to_host);
}

/* Lets the host see what it may. */
static void
update_to_host (DioClipboardShare *self, DioSelection selection)
{
  Side *side = &self->sides[selection];
  DioOffer *wanted = may_use (self, selection, self->to_host) ? side->guest : NULL;
  DioOffer *before = side->to_host ? dio_gate_get_offer (side->to_host) : NULL;

  if (before == wanted)
    return;
  if (side->to_host)
    dio_gate_close (side->to_host);
  g_clear_object (&side->to_host);
  if (wanted)
    {
      side->to_host = DIO_GATE (dio_gate_new (wanted, on_host_reads, side));
      g_signal_connect_object (side->to_host, "notify::reading", G_CALLBACK (update_waiting), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (side->to_host, "large", G_CALLBACK (on_large), self, 0);
    }
  update_waiting (self);
  g_signal_emit (self, signals[GUEST_OFFER], 0, selection, side->to_host);
}

/* Of what the guest has copied the host knows nothing any more: it has something newer. */
static void
forget_guest (Side *side)
{
  stop_checking (side);
  if (side->to_host)
    dio_gate_close (side->to_host);
  g_clear_object (&side->to_host);
  g_clear_object (&side->guest);
  update_waiting (side->share);
}

/* The guest has another now: the host's is not offered to it any more, until there is a new one. */
static void
forget_host (Side *side)
{
  g_clear_object (&side->host);
  if (side->to_guest)
    dio_gate_close (side->to_guest);
  g_clear_object (&side->to_guest);
}

void
dio_clipboard_share_set_host_offer (DioClipboardShare *self, DioSelection selection, DioOffer *offer)
{
  Side *side;

  g_return_if_fail (DIO_IS_CLIPBOARD_SHARE (self) && selection < DIO_N_SELECTIONS);

  side = &self->sides[selection];
  /* Its own, which came back to us by way of the host. What it had of the host's before is gone there, too. */
  if (offer && side->to_host && offer == DIO_OFFER (side->to_host))
    return;
  if (!g_set_object (&side->host, offer))
    return;
  if (offer)
    forget_guest (side);
  update_to_guest (self, selection);
}

gboolean
dio_clipboard_share_has_host_offer (DioClipboardShare *self, DioSelection selection)
{
  g_return_val_if_fail (DIO_IS_CLIPBOARD_SHARE (self) && selection < DIO_N_SELECTIONS, FALSE);
  return self->sides[selection].host != NULL;
}

static void
accept_guest (Side *side, DioOffer *offer)
{
  if (offer)
    forget_host (side);
  if (g_set_object (&side->guest, offer))
    update_to_host (side->share, side->selection);
}

typedef struct
{
  DioClipboardShare *share;
  Side *side; /* the share's */
  DioOffer *offer;
} Check;

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Check *check = user_data;
  g_autoptr (DioClipboardShare) self = check->share;
  g_autoptr (DioOffer) offer = check->offer;
  gboolean is_echo;

  if (!dio_echo_check_finish (result, &is_echo, NULL))
    return;
  g_clear_object (&check->side->checking);
  if (is_echo)
    dio_debug (DIO_DEBUG_DBUS, "the guest keeps what it has just read");
  else
    accept_guest (check->side, offer);
}

static void
on_offered (DioClipboardShare *self, guint selection, DioOffer *offer)
{
  Side *side;
  Check *check;

  g_return_if_fail (selection < DIO_N_SELECTIONS);

  side = &self->sides[selection];
  stop_checking (side);
  if (!offer || !dio_echo_is_likely (side->echo, offer))
    {
      accept_guest (side, offer);
      return;
    }
  check = g_new (Check, 1);
  *check = (Check) { .share = g_object_ref (self), .side = side, .offer = g_object_ref (offer) };
  side->checking = g_cancellable_new ();
  dio_echo_check_async (side->echo, offer, side->checking, on_checked, check);
}

/* --- the channel --- */

static void
update_connected (DioClipboardShare *self)
{
  gboolean connected = self->channel && dio_clipboard_channel_get_connected (self->channel);

  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

static void
leave_channel (DioClipboardShare *self)
{
  if (!self->channel)
    return;
  g_signal_handlers_disconnect_by_data (self->channel, self);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      stop_checking (&self->sides[i]);
      dio_clipboard_channel_offer (self->channel, i, NULL);
      if (g_set_object (&self->sides[i].guest, NULL))
        update_to_host (self, i);
    }
  g_clear_object (&self->channel);
}

void
dio_clipboard_share_set_channel (DioClipboardShare *self, DioClipboardChannel *channel)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_SHARE (self));

  if (self->channel == channel)
    return;
  leave_channel (self);
  if (channel)
    {
      self->channel = g_object_ref (channel);
      g_signal_connect_object (channel, "offered", G_CALLBACK (on_offered), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (channel, "notify::connected", G_CALLBACK (update_connected), self, G_CONNECT_SWAPPED);
      for (guint i = 0; i < DIO_N_SELECTIONS; i++)
        if (self->sides[i].to_guest)
          dio_clipboard_channel_offer (channel, i, DIO_OFFER (self->sides[i].to_guest));
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHANNEL]);
  update_connected (self);
}

/* --- the object --- */

static void
update (DioClipboardShare *self)
{
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      update_to_guest (self, i);
      update_to_host (self, i);
    }
}

static void
dio_clipboard_share_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioClipboardShare *self = DIO_CLIPBOARD_SHARE (object);

  switch (prop_id)
    {
    case PROP_TO_GUEST:
      g_value_set_enum (value, self->to_guest);
      break;
    case PROP_TO_HOST:
      g_value_set_enum (value, self->to_host);
      break;
    case PROP_PRIMARY:
      g_value_set_boolean (value, self->primary);
      break;
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->connected);
      break;
    case PROP_CHANNEL:
      g_value_set_object (value, self->channel);
      break;
    case PROP_WAITING:
      g_value_set_boolean (value, self->waiting);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_sharing (DioClipboardShare *self, DioSharing *place, DioSharing sharing, guint prop_id)
{
  if (*place == sharing)
    return;
  *place = sharing;
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static void
dio_clipboard_share_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  DioClipboardShare *self = DIO_CLIPBOARD_SHARE (object);

  switch (prop_id)
    {
    case PROP_TO_GUEST:
      set_sharing (self, &self->to_guest, g_value_get_enum (value), prop_id);
      break;
    case PROP_TO_HOST:
      set_sharing (self, &self->to_host, g_value_get_enum (value), prop_id);
      break;
    case PROP_PRIMARY:
      if (self->primary == g_value_get_boolean (value))
        break;
      self->primary = g_value_get_boolean (value);
      update (self);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
side_clear (Side *side)
{
  forget_host (side);
  forget_guest (side);
  g_clear_pointer (&side->echo, dio_echo_free);
}

static void
dio_clipboard_share_dispose (GObject *object)
{
  DioClipboardShare *self = DIO_CLIPBOARD_SHARE (object);

  leave_channel (self);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    side_clear (&self->sides[i]);
  g_clear_handle_id (&self->waiting_id, g_source_remove);
  G_OBJECT_CLASS (dio_clipboard_share_parent_class)->dispose (object);
}

static void
dio_clipboard_share_class_init (DioClipboardShareClass *klass)
{
  const GParamFlags reads = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags writes = reads | G_PARAM_WRITABLE;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_clipboard_share_get_property;
  object_class->set_property = dio_clipboard_share_set_property;
  object_class->dispose = dio_clipboard_share_dispose;
  properties[PROP_TO_GUEST] = g_param_spec_enum ("to-guest", NULL, NULL, DIO_TYPE_SHARING, DIO_SHARING_ON, writes);
  properties[PROP_TO_HOST] = g_param_spec_enum ("to-host", NULL, NULL, DIO_TYPE_SHARING, DIO_SHARING_ON, writes);
  properties[PROP_PRIMARY] = g_param_spec_boolean ("primary", NULL, NULL, FALSE, writes);
  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, reads);
  properties[PROP_CHANNEL] = g_param_spec_object ("channel", NULL, NULL, DIO_TYPE_CLIPBOARD_CHANNEL, reads);
  properties[PROP_WAITING] = g_param_spec_boolean ("waiting", NULL, NULL, FALSE, reads);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[GUEST_OFFER] = g_signal_new ("guest-offer", DIO_TYPE_CLIPBOARD_SHARE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_UINT, DIO_TYPE_OFFER);
  signals[GUEST_READ] = g_signal_new ("guest-read", DIO_TYPE_CLIPBOARD_SHARE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  signals[QUESTION] = g_signal_new ("question", DIO_TYPE_CLIPBOARD_SHARE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, DIO_TYPE_CLIPBOARD_QUESTION);
}

static void
dio_clipboard_share_init (DioClipboardShare *self)
{
  self->to_guest = DIO_SHARING_ON;
  self->to_host = DIO_SHARING_ON;
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    self->sides[i] = (Side) { .share = self, .selection = i, .echo = dio_echo_new () };
}

DioClipboardShare *
dio_clipboard_share_new (void)
{
  return g_object_new (DIO_TYPE_CLIPBOARD_SHARE, NULL);
}
