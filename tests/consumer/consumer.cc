// consumer.cc: the same from C++, with the handle owned by a unique_ptr.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <pidproof/pidproof.h>

namespace
{
struct Close {
    void operator()(pidproof_handle *handle) const
    {
        pidproof_handle_close(handle);
    }
    void operator()(pidproof_record *record) const
    {
        pidproof_record_free(record);
    }
};
} // namespace

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    pidproof_error error = {};
    pidproof_record *captured = nullptr;
    if (pidproof_capture(nullptr, static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10)),
                         &captured, &error)) {
        char text[256];
        std::fprintf(stderr, "%s\n", pidproof_error_format(&error, text, sizeof text));
        pidproof_error_clear(&error);
        return 1;
    }
    std::unique_ptr<pidproof_record, Close> record(captured);
    pidproof_handle *verified = nullptr;
    if (pidproof_verify(nullptr, record.get(), &verified, nullptr))
        return 1;
    std::unique_ptr<pidproof_handle, Close> handle(verified);
    bool alive = false;
    if (pidproof_handle_is_alive(handle.get(), &alive, nullptr) || !alive)
        return 1;
    std::printf("alive: 1\n");
    return 0;
}
