using System.Diagnostics;

using CascadeLocal.Tests.Common;

namespace CascadeLocal.Engine.Tests.Build;

/// <summary>
/// A repository that holds only the real build.sh and its switch, with a <c>dotnet</c> in front of the real one that
/// restores and builds nothing: it writes down what it was asked for and leaves shell scripts as the built programs.
/// </summary>
internal sealed class ScriptRepository : IDisposable
{
    private const string Output = "bin/Release/net10.0/linux-x64";

    // Only the evaluation of Backend.props needs the real one.
    private const string FakeDotnet = """
        #!/bin/sh
        echo "$*" >>"$FAKE_ROOT/dotnet.log"
        case $1 in
            --version) echo 10.0.100 ;;
            msbuild) exec "$REAL_DOTNET" "$@" ;;
            restore)
                case "$*" in *CascadeBackend=cuda12*)
                    for package in $UNAVAILABLE; do
                        echo "a.csproj : error NU1101: Unable to find package $package. No packages exist with this id"
                        failed=1
                    done
                    if [ -n "$UNREACHABLE" ]; then
                        echo "a.csproj : error NU1301: Unable to load the service index"
                        failed=1
                    fi ;;
                esac
                exit ${failed:-0} ;;
            build) cp -r "$FAKE_ROOT/built/." . ;;
        esac
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-build-");

    public ScriptRepository()
    {
        Copy("build.sh");
        Copy("build/Backend.props");
        Copy("build/test.sh");
        WriteExecutable(Path.Combine(_folder.FullName, "dotnet"), FakeDotnet);
        WriteProgram("src/CascadeLocal.Cli", "cascade", "echo \"pid $$: $*\"");
        foreach (string folder in (string[])["models", "tests", "bench"])
            Directory.CreateDirectory(PathOf(folder));
    }

    /// <summary>Packages that the fake restore does not find.</summary>
    public string Unavailable { get; init; } = "";

    /// <summary>No package source answers the fake restore of a CUDA build.</summary>
    public bool Unreachable { get; init; }

    /// <summary>An NVIDIA driver is on the machine.</summary>
    public bool HasDriver { get; init; }

    /// <summary>The commands given to dotnet so far.</summary>
    public string[] DotnetCommands => File.Exists(CommandLog) ? File.ReadAllLines(CommandLog) : [];

    private string CommandLog => Path.Combine(_folder.FullName, "dotnet.log");

    private string Built => Path.Combine(_folder.FullName, "built");

    /// <summary>Where a file of the repository is.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, "repository", name);

    /// <summary>Adds a file to the repository.</summary>
    public void Write(string name, string text) => WriteExecutable(PathOf(name), text);

    /// <summary>What the fake build will leave as a project's program.</summary>
    public void WriteProgram(string project, string name, string script) =>
        WriteExecutable(Path.Combine(Built, project, Output, name), $"#!/bin/sh\n{script}\n");

    /// <summary>From now on a build fails.</summary>
    public void BreakBuild() => Directory.Delete(Built, recursive: true);

    /// <summary>A test project whose program does what the script says, prints a report, when one is given, and ends with the exit code.</summary>
    public void WriteTestProject(string name, string? report, int exitCode, string script = "")
    {
        Write($"tests/{name}/{name}.csproj", "<Project />");
        script += report is null ? "" : $"\ncat <<'REPORT'\n{report}\nREPORT\n";
        WriteProgram($"tests/{name}", name, $"{script}\nexit {exitCode}");
    }

    /// <summary>Runs build.sh from another folder.</summary>
    public ScriptResult Run(params string[] arguments) => RunIn(Path.GetTempPath(), arguments);

    /// <summary>Runs build.sh from a folder.</summary>
    public ScriptResult RunIn(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("bash", [PathOf("build.sh"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string path = Environment.GetEnvironmentVariable("PATH")!;
        start.Environment["REAL_DOTNET"] = path.Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);
        start.Environment["PATH"] = $"{_folder.FullName}:{path}";
        start.Environment["FAKE_ROOT"] = _folder.FullName;
        start.Environment["UNAVAILABLE"] = Unavailable;
        start.Environment["UNREACHABLE"] = Unreachable ? "1" : "";
        start.Environment["CASCADE_DRIVER_ROOT"] = PathOf("machine");
        if (HasDriver)
            Write("machine/proc/driver/nvidia/version", "NVRM version");

        using Process process = ChildProcesses.Start(start);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ScriptResult(process.Id, process.ExitCode, output, error.Result);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void WriteExecutable(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Copy(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.Copy(Path.Combine(RepositoryPaths.Root, name), PathOf(name));
    }
}
