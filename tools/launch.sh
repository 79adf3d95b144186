# Starts a program of a build. Source it by its path and call launch; it needs a JDK or JRE, not Maven.

LAUNCH_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

launch() { # class argument ... ; replaces the shell
    local here=$LAUNCH_ROOT/examples
    if [ ! -d "$here/target/classes" ]; then
        echo "${0##*/}: not built yet: run make build in $LAUNCH_ROOT" >&2
        exit 1
    fi
    # Java turns what is not ASCII in arguments and file names into question marks where the locale has no UTF-8.
    case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
        *UTF-8* | *utf-8* | *UTF8* | *utf8*) ;;
        *) export LC_ALL=C.UTF-8 ;;
    esac
    JDK_ONLY=yes
    . "$LAUNCH_ROOT/tools/toolchain.sh"
    exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:-} \
        -cp "$here/target/classes:$here/target/lib/*" "$@"
}
