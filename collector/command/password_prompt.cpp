// The terminal itself is asked, not standard input, which may be a script.
#include "command/password_prompt.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "config/problem.h"

namespace glassflow::command {

namespace {

constexpr std::size_t longest = 1024;

// Echo is off while this lives.
class SilentTerminal {
public:
    SilentTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0)
            return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_silent_ = ::tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (is_silent_)
            ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

    bool is_silent() const { return is_silent_; }
    void write(const std::string& text) const {
        if (::write(descriptor_, text.data(), text.size()) < 0)
            return;  // then the person sees no prompt; what is typed counts all the same
    }
    std::string read_line() const {
        std::string line;
        for (char c = 0; line.size() < longest && ::read(descriptor_, &c, 1) == 1 && c != '\n';)
            line += c;
        return line;
    }

private:
    int descriptor_;
    termios before_{};
    bool is_silent_ = false;
};

}  // namespace

std::string ask_password(const std::string& prompt) {
    const SilentTerminal terminal;
    if (!terminal.is_silent())
        throw config::ConfigError({{"", "--ask-password", "there is no terminal to ask for a password at",
                                    "Leave --ask-password out, and set source.password_file."}});
    terminal.write(prompt);
    std::string password = terminal.read_line();
    terminal.write("\n");
    if (password.empty())
        throw config::ConfigError({{"", "--ask-password", "no password was given", "Type it, and end it with Enter."}});
    return password;
}

}  // namespace glassflow::command
