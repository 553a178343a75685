using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Cli.Commands;

/// <summary>
/// The trial of a native_library before it serves: its file is looked at here, and a process of its own loads it and decodes with it,
/// since a wrong one may end that process or spoil its memory.
/// </summary>
internal static class LibraryTrial
{
    private const string Verb = "try-library";

    /// <summary>A trial takes seconds; a model on a slow disk may take longer to be read.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static string? _passed;

    /// <summary>The verb of that process, which nobody else needs to know.</summary>
    public static Command Create()
    {
        Command command = new(Verb, "Load a libllama and say what it is") { Hidden = true };
        Argument<string> library = new("library");
        Argument<string?> model = new("model") { Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(library);
        command.Arguments.Add(model);
        command.SetAction(async (result, _) =>
        {
            try
            {
                LibraryFacts facts = await LlamaLibrary.TryAsync(result.GetValue(library)!, result.GetValue(model));
                Console.WriteLine(JsonSerializer.Serialize(facts));
                return 0;
            }
            catch (Exception error) when (error is LlamaLibraryException or MemberException or ModelLoadException)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return 1;
            }
        });
        return command;
    }

    /// <summary>Makes the library that the options name this process's own, once it has passed; nothing where they name none.</summary>
    /// <exception cref="ConfigurationException">It cannot serve; the message says why.</exception>
    public static void Pass(ServerOptions options)
    {
        if (options.NativeLibrary is not { } path || path == _passed)
            return;
        try
        {
            LlamaLibrary.Inspect(path);
            LibraryFacts shipped = Try(LlamaLibrary.Shipped, null);
            string? model = LlamaLibrary.ModelForTrial(options.Members.Select(member => member.Model).OfType<ModelOptions>())?.Path;
            if (Try(path, model).DifferenceFrom(shipped) is { } difference)
                throw new LlamaLibraryException($"{path} cannot take the place of the one that ships: {difference}");
            LlamaLibrary.Use(path);
            _passed = path;
        }
        catch (LlamaLibraryException error)
        {
            throw new ConfigurationException($"native_library: {error.Message}.", error);
        }
    }

    private static LibraryFacts Try(string library, string? model)
    {
        using Process process = Start(library, model);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new LlamaLibraryException($"{library} did not load and decode within {Patience.TotalMinutes:0} minutes");
        }

        string? last = errors.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        if (process.ExitCode == 0 && JsonSerializer.Deserialize<LibraryFacts>(output.GetAwaiter().GetResult()) is { } facts)
            return facts;
        throw new LlamaLibraryException($"{library} failed its trial: {Reason(process.ExitCode, last?.TrimEnd('.'))}");
    }

    // A process that a signal has ended has 128 and its number as its exit code.
    private static string Reason(int exitCode, string? last) => (exitCode - 128) switch
    {
        4 => "it uses instructions that this CPU lacks (SIGILL): it was built for another one",
        6 => $"it gave up (SIGABRT){(last is null ? "" : $": {last}")}",
        7 or 11 => "it reached for memory that is not its own (SIGSEGV): it may be of another release of llama.cpp",
        9 => "the system ended it (SIGKILL), perhaps for want of memory",
        _ => last ?? $"it ended with exit code {exitCode}",
    };

    private static Process Start(string library, string? model)
    {
        string program = Environment.ProcessPath ?? throw new LlamaLibraryException("the program's own file is not known");
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        // Run by the framework's own host, the program is its first argument.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(library);
        if (model is not null)
            start.ArgumentList.Add(model);
        return Process.Start(start) ?? throw new LlamaLibraryException($"{program} cannot be started");
    }
}
