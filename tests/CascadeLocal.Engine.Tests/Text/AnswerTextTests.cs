using System.Text;

using CascadeLocal.Engine.Text;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

public sealed class AnswerTextTests
{
    // Few letters, so that stop strings do occur, overlap and nearly occur; one, two and four bytes long.
    private static readonly string[] Letters = ["a", "b", "ab", "ä", "🙂", "\n"];

    private static readonly Gen<string> Words = Gen.Int[0, Letters.Length - 1].Array[0, 24].Select(letters => string.Concat(letters.Select(letter => Letters[letter])));

    private static readonly Gen<string[]> StopLists =
        Gen.Int[0, Letters.Length - 1].Array[1, 5].Select(letters => string.Concat(letters.Select(letter => Letters[letter]))).Array[0, 4];

    // Beginnings, middles and ends of characters, and a byte that never occurs in UTF-8.
    private static readonly byte[] Fragments = [0x41, 0xC3, 0xA4, 0xF0, 0x9F, 0x99, 0x82, 0xFF, 0xE2];

    [Fact]
    public void However_a_text_is_cut_into_tokens_it_ends_before_the_first_stop_string() =>
        Gen.Select(Words, StopLists, Gen.Int[1, 5].Array[60]).Sample((text, stops, cuts) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            AnswerText answer = new(new StopStrings(stops));
            StringBuilder streamed = new();
            int position = 0;
            for (int i = 0; position < bytes.Length && !answer.Stopped; i++)
            {
                int end = Math.Min(bytes.Length, position + cuts[i % cuts.Length]);
                answer.Append(bytes.AsSpan(position..end));
                position = end;
                Assert.InRange(answer.Length, streamed.Length, Encoding.UTF8.GetCharCount(bytes, 0, end));
                Stream(answer, streamed);
            }

            answer.Finish();
            Stream(answer, streamed);

            Assert.Equal(Reference(text, stops, out bool stopped), streamed.ToString());
            Assert.Equal(stopped, answer.Stopped);
            Assert.Equal(streamed.ToString(), answer.Read(answer.Length));
            if (stopped)
                Assert.StartsWith(answer.StopString!, text[streamed.Length..], StringComparison.Ordinal);
        });

    [Fact]
    public void A_token_without_bytes_releases_nothing_of_a_stop_string_that_has_begun()
    {
        AnswerText answer = new(new StopStrings(["\nuser"]));
        answer.Append("a\n"u8);
        answer.Append([]);
        Assert.Equal(1, answer.Length);
        answer.Append("user"u8);

        Assert.Equal((true, "a"), (answer.Stopped, answer.Read(answer.Length).ToString()));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_replaced_the_same_way_streamed_and_not() =>
        Gen.Select(Gen.Int[0, Fragments.Length - 1].Array[0, 40], Gen.Int[1, 4]).Sample((choice, step) =>
        {
            byte[] bytes = [.. choice.Select(fragment => Fragments[fragment])];
            AnswerText answer = new(StopStrings.None);
            StringBuilder streamed = new();
            foreach (byte[] piece in bytes.Chunk(step))
            {
                answer.Append(piece);
                Assert.Equal(answer.Length, answer.Read(answer.Length).Length);
                Stream(answer, streamed);
            }

            answer.Finish();
            Stream(answer, streamed);
            Assert.Equal(Encoding.UTF8.GetString(bytes), streamed.ToString());
        });

    [Fact]
    public void A_stop_string_among_broken_characters_leaves_what_the_bytes_before_it_say() =>
        Gen.Select(Gen.Int[0, Fragments.Length - 1].Array[0, 40], Gen.Int[0, Fragments.Length].Array[1, 3].Array[0, 4], Gen.Int[1, 5].Array[60])
            .Sample((choice, stopChoices, cuts) =>
            {
                // Whole characters again and again, so that stop strings do occur, also right behind half a character.
                byte[] bytes = [.. choice.SelectMany(fragment => fragment % 3 == 0 ? Encoding.UTF8.GetBytes(Letters[fragment % Letters.Length]) : [Fragments[fragment]])];
                string[] stops = [.. stopChoices.Select(letters => string.Concat(letters.Select(letter => Letters[letter % Letters.Length])))];
                AnswerText answer = new(new StopStrings(stops));
                StringBuilder streamed = new();
                int position = 0;
                for (int i = 0; position < bytes.Length && !answer.Stopped; i++)
                {
                    int end = Math.Min(bytes.Length, position + cuts[i % cuts.Length]);
                    answer.Append(bytes.AsSpan(position..end));
                    position = end;
                    Stream(answer, streamed);
                }

                answer.Finish();
                Stream(answer, streamed);

                (string Stop, int Start)? first = stops
                    .Select(stop => (Stop: stop, Start: bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(stop))))
                    .Where(found => found.Start >= 0)
                    .OrderBy(found => found.Start).ThenBy(found => Encoding.UTF8.GetByteCount(found.Stop))
                    .Select(found => ((string, int)?)found)
                    .FirstOrDefault();
                Assert.Equal(Encoding.UTF8.GetString(bytes.AsSpan(0, first?.Start ?? bytes.Length)), streamed.ToString());
                Assert.Equal(streamed.ToString(), answer.Read(answer.Length));
                Assert.Equal(first?.Stop, answer.StopString);
            });

    [Fact]
    public void Only_a_possible_beginning_of_a_stop_string_is_held_back()
    {
        AnswerText answer = new(new StopStrings(["END"]));
        answer.Append("text E"u8);
        Assert.Equal(5, answer.Length);
        answer.Append("N"u8);
        Assert.Equal(5, answer.Length);
        answer.Append("E"u8);
        Assert.Equal(7, answer.Length);
        answer.Append("ND more"u8);
        Assert.Equal((true, 7, "END"), (answer.Stopped, answer.Length, answer.StopString));
    }

    [Fact]
    public void A_complete_stop_string_waits_for_one_that_started_earlier()
    {
        AnswerText answer = new(new StopStrings(["abcd", "bc"]));
        answer.Append("abc"u8);
        Assert.Equal((false, 0), (answer.Stopped, answer.Length));
        answer.Append("x"u8);
        Assert.Equal((true, 1, "bc"), (answer.Stopped, answer.Length, answer.StopString));
    }

    [Fact]
    public void An_incomplete_character_waits_for_its_other_bytes()
    {
        AnswerText answer = new(StopStrings.None);
        answer.Append([0xC3]);
        Assert.Equal("", answer.Read(answer.Length));
        answer.Append([0xA4]);
        Assert.Equal("ä", answer.Read(answer.Length));
        answer.Append([0xC3]);
        Assert.Equal("ä", answer.Read(answer.Length));
        answer.Finish();
        Assert.Equal("ä\uFFFD", answer.Read(answer.Length));
    }

    [Fact]
    public void Appending_allocates_only_when_the_buffer_doubles()
    {
        AnswerText answer = new(new StopStrings(["<stop>"]));
        answer.Append(new byte[257]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
            answer.Append("x"u8);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void An_empty_stop_string_is_refused() => Assert.Throws<ArgumentException>(() => new StopStrings([""]));

    /// <summary>What a reader does that is told the length again and again.</summary>
    private static void Stream(AnswerText answer, StringBuilder streamed) => streamed.Append(answer.Read(answer.Length)[streamed.Length..]);

    private static string Reference(string text, string[] stops, out bool stopped)
    {
        int[] starts = [.. stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(start => start >= 0)];
        stopped = starts.Length > 0;
        return stopped ? text[..starts.Min()] : text;
    }
}
