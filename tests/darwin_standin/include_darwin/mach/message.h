/* Stand-in for macOS's header of this name; see ../../standin.h. */
#ifndef STANDIN_MACH_MESSAGE_H
#define STANDIN_MACH_MESSAGE_H

typedef struct {
    unsigned val[8];
} audit_token_t;

#endif
