// An adapter on the JVM (17 or later). Its handle is an open /proc/N/stat, which can be read for
// as long as that very process is there.
//
// Wrong in one way: the file is hashed by its path, after the path was compared. The explorer has
// to follow the runtime's threads, and find that.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

public final class OpenStat {
    private record Handle(long pid, RandomAccessFile stat) {
        boolean alive() throws IOException {
            try {
                byte[] bytes = new byte[4096];
                stat.seek(0);
                int length = stat.read(bytes);
                String line = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
                return "ZX".indexOf(line.charAt(line.lastIndexOf(')') + 2)) < 0;
            } catch (IOException error) {
                if (error.getMessage().contains("No such process"))
                    return false;
                throw error;
            }
        }
    }

    private static final Map<Long, Handle> handles = new HashMap<>();

    /** JSON as far as requests go: objects, texts and integers; anything else is its own text. */
    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        private boolean take(char wanted) {
            while (text.charAt(at) == ' ')
                at++;
            boolean there = text.charAt(at) == wanted;
            at += there ? 1 : 0;
            return there;
        }

        Object value() {
            if (take('{'))
                return object();
            if (take('"'))
                return string();
            int from = at;
            while (",]} ".indexOf(text.charAt(at)) < 0)
                at++;
            String word = text.substring(from, at);
            return word.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(word) : word;
        }

        private Map<String, Object> object() {
            Map<String, Object> members = new HashMap<>();
            while (!take('}')) {
                take(',');
                take('"');
                String name = string();
                take(':');
                members.put(name, value());
            }
            return members;
        }

        private String string() {
            StringBuilder out = new StringBuilder();
            for (char c; (c = text.charAt(at++)) != '"';) {
                if (c == '\\' && (c = text.charAt(at++)) == 'u') {
                    c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                    at += 4;
                }
                out.append(c);
            }
            return out.toString();
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String refused(String reason) {
        return "{\"refused\":{\"reason\":\"" + reason + "\"}}";
    }

    private static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    private static String sha256(Path path) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path));
        return HexFormat.of().formatHex(digest);
    }

    /** Why it is not the recorded program; null where it is. */
    private static String difference(long pid, Map<?, ?> record) throws Exception {
        Path actual;
        try {
            actual = Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe"));
        } catch (IOException error) {
            return "exe_path_unreadable";
        }
        if (!actual.equals(Path.of((String) record.get("exe_path")).toRealPath()))
            return "exe_path_mismatch";
        return sha256(actual).equals(record.get("exe_sha256")) ? null : "exe_sha256_mismatch";
    }

    private static String verify(Map<?, ?> record) throws Exception {
        if (!(record.get("pid") instanceof Long pid) || pid <= 0 || pid > Integer.MAX_VALUE)
            return refused("invalid_pid");
        String boot = (String) record.get("boot_id");
        try {
            if (!boot.isEmpty() && !boot.equals(bootId()))
                return refused("boot_id_mismatch");
        } catch (IOException error) {
            return refused("boot_id_unavailable");
        }
        RandomAccessFile stat;
        try {
            stat = new RandomAccessFile("/proc/" + pid + "/stat", "r");
        } catch (IOException error) {
            return refused("not_found");
        }
        Handle handle = new Handle(pid, stat);
        String reason = "exe_unreadable";
        try {
            reason = handle.alive() ? difference(pid, record) : "not_found";
            if (reason == null && !handle.alive())
                reason = "not_found";
        } catch (IOException error) {
            // The reason above.
        }
        if (reason != null) {
            stat.close();
            return refused(reason);
        }
        long number = handles.size() + 1;
        handles.put(number, handle);
        return "{\"accepted\":{\"handle\":" + number + "}}";
    }

    private static String signal(Map<?, ?> params, boolean hard) {
        ProcessHandle process = ProcessHandle.of((Long) params.get("pid")).orElse(null);
        boolean sent = process != null && (hard ? process.destroyForcibly() : process.destroy());
        return sent ? "{\"sent\":true}" : refused("handle_failed");
    }

    private static String close(Object number) throws IOException {
        handles.get(number).stat().close();
        handles.put((Long) number, null);
        return "{}";
    }

    /** The result; null where there is no such method. */
    private static String answer(String method, Map<?, ?> params) throws Exception {
        Object handle = params.get("handle");
        return switch (method) {
            case "hello" ->
                "{\"protocol\":1,\"name\":\"open stat\",\"version\":\"1\",\"language\":\"Java\","
                    + "\"capabilities\":[]}";
            case "noop" -> "{}";
            case "boot_id" -> "{\"boot_id\":" + quoted(bootId()) + "}";
            case "sha256_file" ->
                "{\"sha256\":\"" + sha256(Path.of((String) params.get("path"))) + "\"}";
            case "verify" -> verify((Map<?, ?>) params.get("record"));
            case "handle_pid" -> "{\"pid\":" + handles.get(handle).pid() + "}";
            case "is_alive" -> "{\"alive\":" + handles.get(handle).alive() + "}";
            case "process_is_alive" ->
                "{\"alive\":" + Files.exists(Path.of("/proc/" + params.get("pid"))) + "}";
            case "terminate" -> signal(params, false);
            case "force_kill" -> signal(params, true);
            case "close" -> close(handle);
            default -> null;
        };
    }

    private static String reply(String line) {
        Map<?, ?> request = (Map<?, ?>) new Reader(line).value();
        String content;
        try {
            String result =
                answer((String) request.get("method"), (Map<?, ?>) request.get("params"));
            content = result != null ? "\"result\":" + result
                                     : "\"error\":{\"code\":-32601,\"message\":\"no such method\"}";
        } catch (Exception error) { // it broke
            content = "\"error\":{\"code\":-32603,\"message\":" + quoted(error.toString()) + "}";
        }
        return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + "," + content + "}";
    }

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            System.out.write((reply(line) + "\n").getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        }
    }
}
