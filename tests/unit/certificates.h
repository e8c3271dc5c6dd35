/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

/* What a server in a test has to show, with the one key that they were all made with. Nobody vouches for them. */

static const char server_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                 "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEr7lFUymVvILGaa6\n"
                                 "bcHmn4gesE6nnpL/aRYU5b2uygqhRANCAASlvWiRZeHV6U85FVWj961uf6zWpCzq\n"
                                 "dWAqGLuw4tkVk1PQwFjeuhfFcXKUESxzi68rFA7tX3RudFPmNLfvBUdq\n"
                                 "-----END PRIVATE KEY-----\n";

/* Of 127.0.0.1, until 2120. */
static const char certificate_own[] = "-----BEGIN CERTIFICATE-----\n"
                                      "MIIBjDCCATOgAwIBAgIUO++nWl38pmWMScoVFXVXuA220qswCgYIKoZIzj0EAwIw\n"
                                      "FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx\n"
                                      "MDAwMDAwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO\n"
                                      "PQMBBwNCAASlvWiRZeHV6U85FVWj961uf6zWpCzqdWAqGLuw4tkVk1PQwFjeuhfF\n"
                                      "cXKUESxzi68rFA7tX3RudFPmNLfvBUdqo2EwXzAdBgNVHQ4EFgQUh6EgZU0+7zWl\n"
                                      "m8KxmChxu/as3MowHwYDVR0jBBgwFoAUh6EgZU0+7zWlm8KxmChxu/as3MowDwYD\n"
                                      "VR0RBAgwBocEfwAAATAMBgNVHRMBAf8EAjAAMAoGCCqGSM49BAMCA0cAMEQCIAGK\n"
                                      "ztURLYZGjUdNE031ET7FpGmDWXovtp07YzUMKkNwAiBPnlw+4YmTXoPqTyIrCzBd\n"
                                      "KOnQv+sd/6a72uayOicOJA==\n"
                                      "-----END CERTIFICATE-----\n";

/* Of elsewhere.example, until 2120. */
static const char certificate_other[] = "-----BEGIN CERTIFICATE-----\n"
                                        "MIIBqTCCAVCgAwIBAgIUYhaMKsUd3Rj/Rvyi0jkrbDq6yK4wCgYIKoZIzj0EAwIw\n"
                                        "HDEaMBgGA1UEAwwRZWxzZXdoZXJlLmV4YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgP\n"
                                        "MjEyMDAxMDEwMDAwMDBaMBwxGjAYBgNVBAMMEWVsc2V3aGVyZS5leGFtcGxlMFkw\n"
                                        "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpb1okWXh1elPORVVo/etbn+s1qQs6nVg\n"
                                        "Khi7sOLZFZNT0MBY3roXxXFylBEsc4uvKxQO7V90bnRT5jS37wVHaqNuMGwwHQYD\n"
                                        "VR0OBBYEFIehIGVNPu81pZvCsZgocbv2rNzKMB8GA1UdIwQYMBaAFIehIGVNPu81\n"
                                        "pZvCsZgocbv2rNzKMBwGA1UdEQQVMBOCEWVsc2V3aGVyZS5leGFtcGxlMAwGA1Ud\n"
                                        "EwEB/wQCMAAwCgYIKoZIzj0EAwIDRwAwRAIgNpN/NLN2VZNBllhRA2uD2kuwTPcu\n"
                                        "cbHLQwNDTSRuBqgCIHW2K6ZV+KeAqHHnh4nGMEuHN1TEYGPQUTJUxZjhRA+6\n"
                                        "-----END CERTIFICATE-----\n";

/* Of 127.0.0.1, until 2021. */
static const char certificate_old[] = "-----BEGIN CERTIFICATE-----\n"
                                      "MIIBizCCATGgAwIBAgIUEyuMQpKTRTSraKHD0BIpWPy62J0wCgYIKoZIzj0EAwIw\n"
                                      "FDESMBAGA1UEAwwJMTI3LjAuMC4xMB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAw\n"
                                      "MDAwMFowFDESMBAGA1UEAwwJMTI3LjAuMC4xMFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
                                      "AQcDQgAEpb1okWXh1elPORVVo/etbn+s1qQs6nVgKhi7sOLZFZNT0MBY3roXxXFy\n"
                                      "lBEsc4uvKxQO7V90bnRT5jS37wVHaqNhMF8wHQYDVR0OBBYEFIehIGVNPu81pZvC\n"
                                      "sZgocbv2rNzKMB8GA1UdIwQYMBaAFIehIGVNPu81pZvCsZgocbv2rNzKMA8GA1Ud\n"
                                      "EQQIMAaHBH8AAAEwDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNIADBFAiBZO8Vb\n"
                                      "+xUXoMuVxPrfAG3Hi57abw8pSm/KVJXmapehwQIhAKG52BYjm0ZJUq72bkkUzQ5f\n"
                                      "enH/mSfDoI2exnKCbXC1\n"
                                      "-----END CERTIFICATE-----\n";
