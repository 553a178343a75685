using System.Globalization;
using System.Text.Json.Serialization;

using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Engine.Tuning;

/// <summary>What was found to be faster than the defaults; null leaves a default.</summary>
public sealed record TunedSettings
{
    /// <inheritdoc cref="ModelOptions.Threads"/>
    public int? Threads { get; init; }

    /// <inheritdoc cref="ModelOptions.ThreadsBatch"/>
    public int? ThreadsBatch { get; init; }

    /// <inheritdoc cref="ModelOptions.PrefillBudget"/>
    public int? PrefillBudget { get; init; }

    /// <inheritdoc cref="ModelOptions.FlashAttention"/>
    public bool? FlashAttention { get; init; }

    /// <summary>The settings as the configuration writes them, such as <c>threads 4, flash_attention off</c>; <c>the defaults</c> for none.</summary>
    [JsonIgnore]
    public string InWords
    {
        get
        {
            string?[] words =
            [
                Word("threads", Threads), Word("threads_batch", ThreadsBatch), Word("prefill_budget", PrefillBudget),
                FlashAttention is { } flash ? $"flash_attention {(flash ? "on" : "off")}" : null,
            ];
            string all = string.Join(", ", words.Where(word => word is not null));
            return all.Length > 0 ? all : "the defaults";
        }
    }

    /// <summary>What of it options leave open. Threads that they name are those of all steps.</summary>
    public TunedSettings OpenIn(ModelOptions options) => new()
    {
        Threads = options.Threads is null ? Threads : null,
        ThreadsBatch = options is { Threads: null, ThreadsBatch: null } ? ThreadsBatch : null,
        PrefillBudget = options.PrefillBudget is null ? PrefillBudget : null,
        FlashAttention = options.FlashAttention is null ? FlashAttention : null,
    };

    /// <summary>Options with it in place of what they say.</summary>
    public ModelOptions ApplyTo(ModelOptions options) => options with
    {
        Threads = Threads ?? options.Threads,
        ThreadsBatch = ThreadsBatch ?? options.ThreadsBatch,
        PrefillBudget = PrefillBudget ?? options.PrefillBudget,
        FlashAttention = FlashAttention ?? options.FlashAttention,
    };

    /// <summary>What is out of range, as a file may say it; null for nothing.</summary>
    internal string? Problem =>
        Threads is < 1 or > 1024 || ThreadsBatch is < 1 or > 1024 ? "its threads are no number from 1 to 1024"
        : PrefillBudget is < 1 or > 65_536 ? "its prefill budget is no number from 1 to 65536"
        : null;

    private static string? Word(string key, int? value) => value is { } number ? string.Create(CultureInfo.InvariantCulture, $"{key} {number}") : null;
}
