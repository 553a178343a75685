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
            AnswerTextReader reader = new(answer);
            StringBuilder streamed = new();
            int position = 0;
            int released = 0;
            for (int i = 0; position < bytes.Length && !answer.Stopped; i++)
            {
                int end = Math.Min(bytes.Length, position + cuts[i % cuts.Length]);
                answer.Append(bytes.AsSpan(position..end));
                position = end;
                Assert.InRange(answer.Released, released, end);
                released = answer.Released;
                streamed.Append(reader.ReadTo(released));
            }

            answer.Finish();
            streamed.Append(reader.Finish(answer.Released));

            Assert.Equal(Reference(text, stops, out bool stopped), streamed.ToString());
            Assert.Equal(stopped, answer.Stopped);
            Assert.Equal(streamed.ToString(), new AnswerTextReader(answer).Finish(answer.Released));
            if (stopped)
                Assert.StartsWith(answer.StopString!, text[streamed.Length..], StringComparison.Ordinal);
        });

    [Fact]
    public void Bytes_that_are_no_UTF8_are_replaced_the_same_way_streamed_and_not() =>
        Gen.Select(Gen.Int[0, Fragments.Length - 1].Array[0, 40], Gen.Int[1, 4]).Sample((choice, step) =>
        {
            byte[] bytes = [.. choice.Select(fragment => Fragments[fragment])];
            AnswerText answer = new(StopStrings.None);
            AnswerTextReader reader = new(answer);
            StringBuilder streamed = new();
            foreach (byte[] piece in bytes.Chunk(step))
            {
                answer.Append(piece);
                Assert.Equal(answer.Released, answer.Read(0, answer.Released).Length);
                streamed.Append(reader.ReadTo(answer.Released));
            }

            answer.Finish();
            streamed.Append(reader.Finish(answer.Released));
            Assert.Equal(Encoding.UTF8.GetString(bytes), streamed.ToString());
        });

    [Fact]
    public void Only_a_possible_beginning_of_a_stop_string_is_held_back()
    {
        AnswerText answer = new(new StopStrings(["END"]));
        answer.Append("text E"u8);
        Assert.Equal(5, answer.Released);
        answer.Append("N"u8);
        Assert.Equal(5, answer.Released);
        answer.Append("E"u8);
        Assert.Equal(7, answer.Released);
        answer.Append("ND more"u8);
        Assert.Equal((true, 7, "END"), (answer.Stopped, answer.Released, answer.StopString));
    }

    [Fact]
    public void A_complete_stop_string_waits_for_one_that_started_earlier()
    {
        AnswerText answer = new(new StopStrings(["abcd", "bc"]));
        answer.Append("abc"u8);
        Assert.Equal((false, 0), (answer.Stopped, answer.Released));
        answer.Append("x"u8);
        Assert.Equal((true, 1, "bc"), (answer.Stopped, answer.Released, answer.StopString));
    }

    [Fact]
    public void An_incomplete_character_waits_for_its_other_bytes()
    {
        AnswerText answer = new(StopStrings.None);
        AnswerTextReader reader = new(answer);
        answer.Append([0xC3]);
        Assert.Equal("", reader.ReadTo(answer.Released));
        answer.Append([0xA4]);
        Assert.Equal("ä", reader.ReadTo(answer.Released));
        answer.Append([0xC3]);
        Assert.Equal("", reader.ReadTo(answer.Released));
        Assert.Equal("\uFFFD", reader.Finish(answer.Released));
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

    private static string Reference(string text, string[] stops, out bool stopped)
    {
        int[] starts = [.. stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(start => start >= 0)];
        stopped = starts.Length > 0;
        return stopped ? text[..starts.Min()] : text;
    }
}
