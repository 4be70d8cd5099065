/*
 * consumer.c: writes down its own process and asks whether it is still that one.
 */
#include <pidproof/pidproof.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char text[256];
    pidproof_error error = {0};
    pidproof_record *record = NULL;
    pidproof_handle *self = NULL;
    bool alive = false;

    if (argc != 2)
        return 2;
    if (pidproof_capture(NULL, (uint32_t)strtoul(argv[1], NULL, 10), &record, &error) ||
        pidproof_verify(NULL, record, &self, &error) ||
        pidproof_handle_is_alive(self, &alive, &error))
        fprintf(stderr, "%s\n", pidproof_error_format(&error, text, sizeof text));
    printf("alive: %d\n", alive);
    pidproof_handle_close(self);
    pidproof_record_free(record);
    pidproof_error_clear(&error);
    return alive ? 0 : 1;
}
