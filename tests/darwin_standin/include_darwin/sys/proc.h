/* Stand-in for macOS's header of this name; see ../../standin.h. */
#ifndef STANDIN_SYS_PROC_H
#define STANDIN_SYS_PROC_H

#define SRUN 2
#define SZOMB 5

#endif
