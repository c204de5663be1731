"""Windows with limits and increments in registers instead of tables: run-time configuration.

    settings ─▶ Control ─▶ geometry ─▶ ProgrammedLineBuffer, walks
                  │ hold: no new frame          │
                  └──────── idle ◀──────────────┘

The fixed hardware plays tables of what each window needs and frees.  This one compares coordinates: where the
writer is with where windows end, and with what they still want.
"""
