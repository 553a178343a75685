using System.Text.Json;

using CascadeLocal.Engine.Tuning;
using CascadeLocal.Server.Models;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A member that was tuned.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Saved">What is kept.</param>
/// <param name="Report">How it was found.</param>
/// <param name="File">Where it is kept.</param>
internal sealed record TunedMember(string Name, SavedTuning Saved, TuningReport Report, string File);

/// <summary>Tunings for people, and as JSON.</summary>
internal static class TuneTables
{
    public static void Print(IReadOnlyList<TunedMember> members)
    {
        Table table = ReportOutput.Table(
            "Member", "Setting", "Default", "Tried", "TPOT, times the default's", "Prefill tokens/s, times the default's", "Chosen");
        foreach (TunedMember member in members)
        {
            foreach (TunedSetting step in member.Report.Steps)
            {
                foreach (TriedValue tried in step.Tried)
                    Add(table, member.Name, step.Setting, step.Default, tried.Value, Ratio(tried.TpotRatio), Ratio(tried.PrefillRatio), step.Chosen);
            }

            Add(table, member.Name, "all", "", "", Ratio(member.Report.TpotRatio), Ratio(member.Report.PrefillRatio), member.Saved.Settings.InWords);
        }

        ReportOutput.Print(table);
        foreach (TunedMember member in members)
        {
            if (member.Report.FellThrough)
                ReportOutput.PrintLine($"{member.Name}: what was faster one by one was not so together; the defaults stay.");
            ReportOutput.PrintLine(FormattableString.Invariant($"{member.Name}: {member.Report.Took.TotalSeconds:0.0} s, {member.File}"));
        }
    }

    public static void PrintJson(IReadOnlyList<TunedMember> members)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("models");
            foreach (TunedMember member in members)
                Write(json, member);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, TunedMember member)
    {
        json.WriteStartObject();
        json.WriteString("name", member.Name);
        json.WriteString("fingerprint", member.Saved.Key.Model);
        json.WriteString("machine", member.Saved.Key.Machine);
        json.WriteString("served", member.Saved.Key.Served);
        json.WriteString("tuned_at", member.Saved.TunedAt);
        json.WriteString("file", member.File);
        json.WriteStartObject("settings");
        MemberWriter.WriteSettings(json, member.Saved.Settings);
        json.WriteEndObject();
        json.WriteNumber("tpot_ratio", member.Report.TpotRatio);
        json.WriteNumber("prefill_ratio", member.Report.PrefillRatio);
        json.WriteNumber("took_ms", member.Report.Took.TotalMilliseconds);
        json.WriteBoolean("fell_through", member.Report.FellThrough);
        json.WriteStartArray("steps");
        foreach (TunedSetting step in member.Report.Steps)
            Write(json, step);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TunedSetting step)
    {
        json.WriteStartObject();
        json.WriteString("setting", step.Setting);
        json.WriteString("default", step.Default);
        json.WriteString("chosen", step.Chosen);
        json.WriteNumber("rounds", step.Rounds);
        json.WriteStartArray("tried");
        foreach (TriedValue tried in step.Tried)
        {
            json.WriteStartObject();
            json.WriteString("value", tried.Value);
            if (tried.TpotRatio is { } tpot)
                json.WriteNumber("tpot_ratio", tpot);
            if (tried.PrefillRatio is { } prefill)
                json.WriteNumber("prefill_ratio", prefill);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Add(Table table, params string[] row) => table.AddRow([.. row.Select(Markup.Escape)]);

    private static string Ratio(double? ratio) => ratio is { } value ? FormattableString.Invariant($"{value:0.000}") : "";
}
