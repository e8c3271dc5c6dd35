# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: The Diorama authors
"""All samples of the corpus, in the order in which they are told of."""

import samples_boot                                                    # noqa: F401
import samples_chains                                                  # noqa: F401
import samples_files                                                   # noqa: F401
import samples_qcow2                                                   # noqa: F401
import samples_vendors                                                 # noqa: F401
from sample import SAMPLES, Tools                                      # noqa: F401
