#!/usr/bin/perl
# mail_dkim_peer.pl KEY RECORDS NOW: Mail::DKIM, asked in frames on standard input.
#
# A request is a line of words, a line with the number of octets of a message, the message; the
# answer is a line with a number of octets and those octets.
#   sign SELECTOR DOMAIN METHOD NAMES   the DKIM-Signature field
#   verify                              the results of the signatures, top first
#   seal SELECTOR DOMAIN CV             the fields of an ARC set
#   chain                               the result of the chain
# RECORDS has lines "name TAB text": what the DNS holds.

use strict;
use warnings;

# Before the modules are compiled: their clock stands still.
BEGIN { *CORE::GLOBAL::time = sub { return $ARGV[2] } }

use Crypt::OpenSSL::RSA;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signature;
use Mail::DKIM::Signer;
use Mail::DKIM::TextWrap;
use Mail::DKIM::Verifier;
use Net::DNS;

my ($key_file, $records_file) = @ARGV;

sub slurp {
    my ($file) = @_;
    local $/;
    open my $in, '<', $file or die "$file: $!";
    return <$in>;
}

# Answers from the file, as a resolver would.
package Records {
    sub new { my ($class, %records) = @_; return bless {%records}, $class }

    sub errorstring { return 'NXDOMAIN' }

    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type);
        my $text = $self->{lc $name};
        $packet->header->rcode(defined $text ? 'NOERROR' : 'NXDOMAIN');
        $packet->push(answer => Net::DNS::RR->new(
            name => $name, type => 'TXT', txtdata => [unpack '(a255)*', $text]
        )) if defined $text;
        return $packet;
    }
}

my $key = Mail::DKIM::PrivateKey->load(
    Cork => Crypt::OpenSSL::RSA->new_private_key(slurp($key_file)));
Mail::DKIM::DNS::resolver(Records->new(map { split /\t/, $_, 2 } split /\n/, slurp($records_file)));

sub feed {
    my ($dkim, $message) = @_;
    $dkim->PRINT($message);
    $dkim->CLOSE;
    return $dkim;
}

sub make_signature {
    my ($message, $selector, $domain, $method, $names) = @_;
    my $policy = sub {
        my ($signer) = @_;
        $signer->add_signature(Mail::DKIM::Signature->new(
            Algorithm => 'rsa-sha256', Method => $method, Headers => $names,
            Domain => $domain, Selector => $selector, Key => $key));
        return;
    };
    return feed(Mail::DKIM::Signer->new(Policy => $policy, Key => $key), $message)
        ->signature->as_string . "\r\n";
}

sub verify {
    my ($message) = @_;
    my $dkim = feed(Mail::DKIM::Verifier->new, $message);
    return join "\n", map { $_->result_detail } $dkim->signatures;
}

sub seal {
    my ($message, $selector, $domain, $cv) = @_;
    my $signer = feed(Mail::DKIM::ARC::Signer->new(
        Algorithm => 'rsa-sha256', Chain => $cv, Domain => $domain, SrvId => $domain,
        Selector => $selector, Key => $key), $message);
    die $signer->result . ': ' . ($signer->{details} // '') unless $signer->result eq 'sealed';
    return join "\r\n", $signer->as_strings, '';
}

sub chain {
    my ($message) = @_;
    my $arc = feed(Mail::DKIM::ARC::Verifier->new, $message);
    return $arc->result =~ /^(?:pass|none)$/ ? $arc->result : $arc->result_detail;
}

my %verbs = (sign => \&make_signature, verify => \&verify, seal => \&seal, chain => \&chain);

$SIG{__WARN__} = sub { };    # the modules warn of what they read in a broken message
binmode STDIN;
binmode STDOUT;
$| = 1;
while (defined(my $line = <STDIN>)) {
    my ($verb, @words) = split ' ', $line;
    my $octets = <STDIN>;
    read(STDIN, my $message, $octets);
    my $answer = eval { $verbs{$verb}->($message, @words) } // "error: $@";
    print length($answer), "\n", $answer;
}
