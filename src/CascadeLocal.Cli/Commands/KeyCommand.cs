using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Cli.Terminal;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Security;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade key: makes, lists and removes the named keys of a file.</summary>
internal static class KeyCommand
{
    private const string DefaultFile = "keys.json";
    private const string Prefix = "sk-cascade-";
    private const int RandomBytes = 32;

    private static readonly (string Field, string Flag, string Value, string Description)[] LimitFlags =
    [
        ("requests_per_minute", "--requests-per-minute", "n", "Requests that may come in a minute (default: any number)"),
        ("tokens_per_minute", "--tokens-per-minute", "n", "Tokens, of prompts and answers, that may be used in a minute (default: any number)"),
        ("concurrency", "--concurrency", "n", "Requests that may be under way at once (default: any number)"),
        ("priority", "--priority", "priority", "normal or background; the latter gives way (default: normal)"),
        ("models", "--models", "names", "What it may ask for, separated by commas; 'cascade' is the pool, * is all (default: all, or of an admin key nothing)"),
        ("expires", "--expires", "time", "A date or time (UTC) from when on it opens nothing (default: never)"),
    ];

    public static Command Create() => new("key", "Make, list and remove the named keys of the server") { New(), List(), Remove() };

    private static Command New()
    {
        Command command = new("new", "Make a key, print it once, and add its hash to the file of keys");
        Argument<string> name = Name(command);
        Option<string?> file = File(command);
        Option<bool> json = Json(command);
        (string Field, Option<string?> Option)[] limits =
            [.. LimitFlags.Select(f => (f.Field, new Option<string?>(f.Flag) { Description = f.Description, HelpName = f.Value }))];
        foreach ((_, Option<string?> option) in limits)
            command.Options.Add(option);
        Option<bool> noPin = new("--no-pin") { Description = "It may only ask for 'cascade', and choose no member" };
        Option<bool> admin = new("--admin") { Description = "It opens /admin; under /v1 only what --models says" };
        command.Options.Add(noPin);
        command.Options.Add(admin);
        command.SetAction(result =>
        {
            KeyEntry entry = new KeyEntry { MayPin = !result.GetValue(noPin), IsAdmin = result.GetValue(admin) }.With("name", result.GetValue(name)!, "NAME");
            foreach ((string field, Option<string?> option) in limits)
            {
                if (result.GetValue(option) is { } text)
                    entry = entry.With(field, text, option.Name);
            }

            Add(PathOf(result.GetValue(file)), entry, result.GetValue(json));
        });
        return command;
    }

    private static Command List()
    {
        Command command = new("list", "Show the keys of the file; the keys themselves are not in it");
        Option<string?> file = File(command);
        Option<bool> json = Json(command);
        command.SetAction(result =>
        {
            string path = PathOf(result.GetValue(file));
            IReadOnlyList<KeyEntry> keys = KeyFile.Read(path);
            if (result.GetValue(json))
                KeyOutput.PrintJson(path, keys);
            else
                KeyOutput.PrintTable(keys);
        });
        return command;
    }

    private static Command Remove()
    {
        Command command = new("remove", "Take a key out of the file; a running server refuses it within seconds");
        Argument<string> name = Name(command);
        Option<string?> file = File(command);
        Option<bool> json = Json(command);
        command.SetAction(result =>
        {
            string removed = result.GetValue(name)!, path = PathOf(result.GetValue(file));
            Update(path, keys => keys.Any(key => key.Name == removed)
                ? [.. keys.Where(key => key.Name != removed)]
                : throw new CommandFailedException($"There is no key '{removed}' in {path}."));
            if (result.GetValue(json))
                KeyOutput.PrintJson(removed, key: null, path);
            else
                Console.Error.WriteLine($"Removed '{removed}' from {path}.");
        });
        return command;
    }

    private static void Add(string path, KeyEntry entry, bool json)
    {
        string key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        entry = entry with { Hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))) };
        Update(path, keys => keys.Any(other => other.Name == entry.Name)
            ? throw new CommandFailedException($"There is a key '{entry.Name}' in {path} already.")
            : [.. keys, entry]);
        if (json)
        {
            KeyOutput.PrintJson(entry.Name, key, path);
            return;
        }

        // The key alone is on standard output, so that a script can keep it.
        Console.Error.WriteLine($"Added '{entry.Name}' to {path}. This is the key; it is not shown again:");
        Console.Out.WriteLine(key);
    }

    private static void Update(string path, Func<IReadOnlyList<KeyEntry>, IReadOnlyList<KeyEntry>> change)
    {
        try
        {
            KeyFile.Update(path, change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The keys file {path} cannot be written: {e.Message}");
        }
    }

    private static string PathOf(string? file) => Path.GetFullPath(file ?? ConfigurationLoader.FindKeysFile() ?? DefaultFile);

    private static Argument<string> Name(Command command)
    {
        Argument<string> name = new("name") { Description = "What the key is called in metrics and reports of use", HelpName = "NAME" };
        command.Arguments.Add(name);
        return name;
    }

    private static Option<string?> File(Command command)
    {
        Option<string?> file = new("--file") { Description = $"The file of keys (default: keys_file of the configuration, else {DefaultFile})", HelpName = "file" };
        command.Options.Add(file);
        return file;
    }

    private static Option<bool> Json(Command command)
    {
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        command.Options.Add(json);
        return json;
    }
}
