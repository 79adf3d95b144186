# Finds or installs what the build needs: a JDK 22 or later and Maven 3.8 or later. Source it from the checkout's root; it
# exports JAVA_HOME and MVN, or ends the shell with one line that says what is missing and how to get it. With JDK_ONLY set it
# looks for no Maven.

MINIMUM_JDK=22

jdk_feature_version() { # JAVA_HOME -> 25, or nothing
    [ -x "$1/bin/javac" ] || return 0
    if [ -r "$1/release" ]; then # without starting a JVM
        sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
    else
        "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'
    fi
}

install_with_apt() { # package ... ; quiet; false where this is not possible
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "installing $*" >&2
    if [ -z "${APT_UPDATED:-}" ]; then
        apt-get update -qq >/dev/null 2>&1
        APT_UPDATED=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

find_jdk() {
    local home version
    for home in "${JAVA_HOME:-}" \
        "$(command -v javac >/dev/null && dirname "$(dirname "$(readlink -f "$(command -v javac)")")")" \
        /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$home" ] || continue
        version=$(jdk_feature_version "$home")
        if [ -n "$version" ] && [ "$version" -ge "$MINIMUM_JDK" ]; then
            JAVA_HOME=$home
            return 0
        fi
    done
    return 1
}

install_jdk() {
    local version
    for version in 25 24 23 22; do
        install_with_apt "openjdk-$version-jdk-headless" && return 0
    done
    return 1
}

if ! find_jdk && ! { install_jdk && find_jdk; }; then
    echo "ffm-iser needs JDK $MINIMUM_JDK or later: install one (https://adoptium.net) and set JAVA_HOME" >&2
    exit 1
fi
export JAVA_HOME

if [ -z "${JDK_ONLY:-}" ]; then
    if ! command -v mvn >/dev/null && ! install_with_apt maven; then
        echo "ffm-iser needs Maven 3.8 or later: install it (https://maven.apache.org/install.html) and put mvn on the PATH" >&2
        exit 1
    fi
    MVN="mvn -B -ntp"
    export MVN
    # Maven's own libraries make JDK 24 and later warn on every run.
    if [ "$(jdk_feature_version "$JAVA_HOME")" -ge 24 ] && [[ ${MAVEN_OPTS:-} != *sun-misc-unsafe* ]]; then
        export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow"
    fi
fi
